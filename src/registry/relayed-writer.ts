/**
 * Publishing and revoking without paying: the agent's account signs, a relayer sends (SPEC §7.6). What a relayer says is
 * not believed: the registry is asked whether it was done.
 */
import type { LocalAccount } from 'viem'
import { getBlock } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError, isHeraldError } from '../core/errors.ts'
import type { Address, CardId, Seconds } from '../core/ids.ts'
import { signatureLifetimeSeconds } from '../core/limits.ts'
import { readController } from './control-client.ts'
import { actingAgent, openRegistry, type RegistryAccess, type RegistryAccessOptions } from './registry-access.ts'
import { createRegistryClient, type RegistryClient } from './registry-client.ts'
import type { Publication, RegistryTransactions } from './registry-transactions.ts'
import { NotRelayedError, RelayerFailedError } from './relayer-errors.ts'
import { UnauthorizedError } from './revert-errors.ts'
import type { Receipt } from './send-transaction.ts'
import { cardIdOf, noCard, type Relayer, signPublication, signRevocation } from './signed-actions.ts'

/** Who sends and pays: a viem account, its private key of 32 bytes, or a relayer of one's own. */
export type Via = LocalAccount | Hex | Relayer

/** A writer in a relayer's name; the same calls as the registry client's own. */
export type RelayedWriter = Pick<RegistryTransactions, 'publish' | 'revoke'>

/** Whoever calls from JavaScript may hand anything. */
function isRelayer(via: Via | null): via is Relayer {
  if (typeof via !== 'object' || via === null) return false
  const { publish, revoke } = via as Partial<Relayer>
  return typeof publish === 'function' && typeof revoke === 'function'
}

function isAccount(via: Via | null): via is LocalAccount | Hex {
  return typeof via === 'string' || (typeof via === 'object' && via !== null && 'signTransaction' in via)
}

/** A relayer that is an account: it sends what is signed as transactions of its own. @throws InvalidArgumentError on no account */
export function accountRelayer(options: RegistryAccessOptions): Relayer {
  const client = createRegistryClient(options)
  return { publish: (signed) => client.publishFor(signed), revoke: (signed) => client.revokeFor(signed) }
}

/** The time of a block, or nothing when the endpoint does not know it. */
async function blockTime({ rpc }: RegistryAccess, blockTag: 'latest' | 'pending'): Promise<Seconds | undefined> {
  try {
    return Number((await rpc.run('eth_getBlockByNumber', (client) => getBlock(client, { blockTag }))).timestamp)
  } catch (error) {
    // Not every endpoint shows the block that is being made; what is wrong with the chain shows at the latest one.
    if (blockTag === 'pending' && isHeraldError(error)) return undefined
    throw error
  }
}

/**
 * SPEC §7.6: by the chain's time, since a clock of one's own that is ahead would keep the signature good for as long. A
 * chain that makes blocks on demand stands still in between, but the block that it is making has the time of now.
 */
async function deadlineOf(access: RegistryAccess): Promise<Seconds> {
  const [latest = 0, pending = 0] = await Promise.all([blockTime(access, 'latest'), blockTime(access, 'pending')])
  return Math.max(latest, pending) + signatureLifetimeSeconds
}

/** Trust decision: only the controller's signature counts, so none is made that does not. @throws `registry.unauthorized` */
async function assertController(access: RegistryAccess, agent: Address): Promise<void> {
  const caller = actingAgent(access, 'sign', undefined)
  if (caller !== (await readController(access, agent))) throw new UnauthorizedError({ agent, caller })
}

interface Named {
  readonly agent: Address
  readonly cardId: CardId
}

/** What a relayer of the caller's own throws is a typed error too. */
async function ask(named: Named, step: () => Promise<Receipt>): Promise<Partial<Receipt> | undefined> {
  try {
    return await step()
  } catch (error) {
    throw isHeraldError(error) ? error : new RelayerFailedError(named, error)
  }
}

const isHash = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)

/** A relayer may hand back anything: what is no transaction's hash is not repeated. */
function claimOf(named: Named, answer: Partial<Receipt> | undefined) {
  return { ...named, transactionHash: isHash(answer?.transactionHash) ? answer.transactionHash : undefined }
}

/** The receipt of what the registry shows as done. @throws RelayerFailedError when the relayer gave none */
function receiptOf(named: Named, answer: Partial<Receipt> | undefined): Publication {
  const { transactionHash, blockNumber, gasUsed, l1Fee } = answer ?? {}
  if (!isHash(transactionHash) || typeof blockNumber !== 'bigint' || typeof gasUsed !== 'bigint')
    throw new RelayerFailedError(named, new InvalidArgumentError({ argument: 'receipt', expected: receiptForm }))
  return { transactionHash, blockNumber, gasUsed, l1Fee, cardId: named.cardId }
}

const receiptForm = '{ transactionHash, blockNumber, gasUsed }, of 32 bytes and two bigints'

/** @throws InvalidArgumentError on what is neither relayer nor account */
function relayerOf(via: Via, { rpc, chainId, address: registry }: RegistryAccess): Relayer {
  if (isRelayer(via)) return via
  if (isAccount(via)) return accountRelayer({ rpc: rpc.as(via), chainId, registry })
  throw new InvalidArgumentError({ argument: 'via', expected: 'an account, its private key, or a relayer' })
}

/**
 * Makes a writer whose transactions somebody else sends.
 *
 * @param client the registry as the agent sees it, with its account, which signs and needs no funds
 * @param via who sends and pays
 * @throws InvalidArgumentError on an account that is none
 */
export function createRelayedWriter(client: RegistryClient, via: Via): RelayedWriter {
  const { rpc, chainId, registry } = client
  const access = openRegistry({ rpc, chainId, registry })
  const relayer = relayerOf(via, access)
  const place = { chainId, registry }
  const signer = { address: rpc.account, signTypedData: rpc.signTypedData }

  const termsOf = async (method: string, agent: Address | undefined) => {
    const acting = actingAgent(access, method, agent)
    await assertController(access, acting)
    return { agent: acting, deadline: await deadlineOf(access) }
  }
  return {
    async publish({ card, previous = noCard, previousValidUntil = 0, agent }) {
      const cardId = cardIdOf(card)
      const terms = { ...(await termsOf('publish', agent)), card, previous, previousValidUntil }
      const signed = await signPublication(signer, place, terms)
      const named = { agent: signed.agent, cardId }
      const answer = await ask(named, () => relayer.publish(signed))
      if ((await client.record(signed.agent, cardId)) === undefined) throw new NotRelayedError(claimOf(named, answer))
      return receiptOf(named, answer)
    },
    async revoke({ cardId, reason, compromisedSince = 0, agent }) {
      const terms = { ...(await termsOf('revoke', agent)), cardId, reason, compromisedSince }
      const signed = await signRevocation(signer, place, terms)
      const named = { agent: signed.agent, cardId: signed.cardId }
      const answer = await ask(named, () => relayer.revoke(signed))
      const record = await client.record(signed.agent, signed.cardId)
      if (!record?.revokedAt) throw new NotRelayedError(claimOf(named, answer))
      return receiptOf(named, answer)
    },
  }
}
