/** Owners of mailboxes with cards on a local chain, and the way into their mailboxes. */
import { systemAmbient } from '../../../src/core/ambient.ts'
import { type Hex, toHex } from '../../../src/core/bytes.ts'
import { asAddress } from '../../../src/core/ids.ts'
import { suiteX25519 } from '../../../src/core/suite.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { createCard } from '../../../src/identity/card.ts'
import { createKeyring } from '../../../src/identity/keyring.ts'
import { mailboxOf } from '../../../src/identity/mailbox-id.ts'
import { deployAgentRegistry } from '../../../src/registry/deploy.ts'
import { createRegistryClient } from '../../../src/registry/registry-client.ts'
import type { MailboxOwner } from '../../../src/transport/port.ts'
import { openSession } from '../../../src/transport/relay-session.ts'
import { startLocalChain } from '../../support/local-chain.ts'

/** Where a relay finds its registry. */
export interface ChainSettings {
  readonly rpcUrl: string
  readonly chainId: number
  readonly registry: string
}

/** A chain with registered owners. */
export interface Owners extends AsyncDisposable {
  readonly chain: ChainSettings
  readonly owners: readonly MailboxOwner[]
}

async function register(chain: ChainSettings, account: Hex, address: string): Promise<MailboxOwner> {
  const client = createRegistryClient({ ...chain, account })
  const agent = { chainId: chain.chainId, registry: asAddress(chain.registry), address: asAddress(address) }
  const keyring = createKeyring(nodeBackend, systemAmbient.random, suiteX25519)
  const relays = ['http://127.0.0.1:8787']
  const { cardId, cardBytes } = createCard(nodeBackend, { agent, keyring, kind: 'agent', relays })
  await client.publish({ card: cardBytes, previous: undefined, previousValidUntil: 0 })
  const sign = (challenge: Uint8Array) => nodeBackend.ed25519Sign(keyring.signing, challenge)
  return { agent, cardId, mailbox: mailboxOf(nodeBackend, agent), sign }
}

/** Starts a chain and registers owners. @param count at most 19 */
export async function startOwners(count: number): Promise<Owners> {
  const local = await startLocalChain()
  const { rpcUrl, chainId, accounts } = local
  const { address: registry } = await deployAgentRegistry({ rpcUrl, chainId, account: accounts[0]!.privateKey })
  const chain = { rpcUrl, chainId, registry }
  const owners: MailboxOwner[] = []
  for (const { privateKey, address } of accounts.slice(1, count + 1))
    owners.push(await register(chain, privateKey, address))
  return { chain, owners, [Symbol.asyncDispose]: () => local[Symbol.asyncDispose]() }
}

/** A message as the relay hands it out. */
export interface Leased {
  readonly seq: number
  readonly attempt: number
  readonly envelope: Uint8Array
  /** SHA-256 of the envelope in hexadecimal: what a message is known by in tests. */
  readonly digest: string
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Posts to a relay. @throws what `fetch` throws when the connection breaks */
export async function post(url: string, body: object | Uint8Array, token?: string): Promise<HttpAnswer> {
  const isBytes = body instanceof Uint8Array
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** What a message is known by in tests. */
export function digestOf(envelope: Uint8Array): string {
  return toHex(nodeBackend.sha256(envelope))
}

/** An owner's session at a relay. */
export interface MailboxReader {
  readonly token: string
  lease(options: { consumer: string; count?: number; leaseMillis?: number; waitMillis?: number }): Promise<Leased[]>
  /** Tells how many the relay says it has forgotten. */
  acknowledge(consumer: string, seqs: readonly number[]): Promise<number>
}

/** Opens a session. @throws a `transport.*` error */
export async function openMailbox(url: string, owner: MailboxOwner, relay = url): Promise<MailboxReader> {
  const { token } = await openSession({ relay, owner, sha256: nodeBackend.sha256, timeoutMillis: 20_000 })
  const call = async (path: string, body: object) => {
    const answer = await post(`${url}${path}`, body, token)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${String(answer.body['code'])}`)
    return answer.body
  }
  return {
    token,
    async lease(options) {
      const { messages } = (await call('/v1/lease', options)) as {
        messages: { seq: number; attempt: number; envelope: string }[]
      }
      return messages.map(({ seq, attempt, envelope: text }) => {
        const envelope = Uint8Array.from(Buffer.from(text, 'base64'))
        return { seq, attempt, envelope, digest: digestOf(envelope) }
      })
    },
    acknowledge: async (consumer, seqs) => Number((await call('/v1/acknowledge', { consumer, seqs }))['count']),
  }
}
