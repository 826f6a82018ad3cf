import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { openKeyStore } from '../../src/client/key-store.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import type { CardId } from '../../src/core/ids.ts'
import { Secret } from '../../src/core/secret.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type Keyring, serializeKeyring } from '../../src/identity/keyring.ts'
import { createAgent } from '../../src/index.ts'
import { decodeMessageRecord } from '../../src/messaging/message-record.ts'
import { createCardDirectory } from '../../src/registry/create-card-directory.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { createRelay } from '../../src/relay/create-relay.ts'
import { KeyFile } from '../../src/relay/mailbox/key-file.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/port.ts'
import { decodeInnerMessage } from '../../src/wire/inner-message.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

const plaintext = 'the launch code is 0451-swordfish'

/** The ways in which bytes could show up in text. */
function spellings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  const list = [...bytes.subarray(0, 12)].join(', ')
  return [buffer.toString('hex'), buffer.toString('base64').replace(/=+$/, ''), buffer.toString('base64url'), list]
}

/** All that an object shows of itself, white space folded, so that a column of numbers reads like a line. */
function shownBy(object: unknown): string {
  const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const everything = { depth: 12, maxArrayLength: 2000, maxStringLength: 100_000, getters: true }
  return `${inspect(object, everything)} ${JSON.stringify(object, plain)} ${String(object)}`.replace(/\s+/g, ' ')
}

const leaks = (text: string, secret: Uint8Array) => spellings(secret).some((spelling) => text.includes(spelling))

/** What an X-Wing seed is expanded to: the seed of ML-KEM and the secret of X25519. */
function expandedParts(seed: Uint8Array): Uint8Array[] {
  const bytes = nodeBackend.shake256(seed, 96)
  return [bytes.slice(0, 64), bytes.slice(64)]
}

/** The keys in the key file of a relay's mailboxes: 32 bytes of each slot stand for what is not secret. */
function dataKeysIn(file: string): Uint8Array[] {
  const bytes = Uint8Array.from(readFileSync(`${file}-keys`))
  const slots = Array.from({ length: bytes.length / 96 }, (_, slot) => bytes.slice(slot * 96, (slot + 1) * 96))
  const keys = slots.flatMap((slot) => [slot.slice(32, 64), slot.slice(64, 96)])
  return keys.filter((key) => key.some((byte) => byte !== 0))
}

/** Notes the session tokens that relays give out, as the agents' HTTP calls see them. */
function overhearTokens(tokens: string[]): Disposable {
  const original = globalThis.fetch
  globalThis.fetch = async (...call) => {
    const response = await original(...call)
    const answer: unknown = await response
      .clone()
      .json()
      .catch(() => undefined)
    if (typeof answer === 'object' && answer !== null && 'token' in answer) tokens.push(String(answer.token))
    return response
  }
  return {
    [Symbol.dispose]() {
      globalThis.fetch = original
    },
  }
}

/** Every secret that a store holds. */
async function secretsOf(store: Store): Promise<{ secrets: Uint8Array[]; keyrings: Keyring[] }> {
  const keys = await openKeyStore(nodeBackend, store)
  const keyrings = (await store.scan('keyrings', { limit: 100 })).map(({ key }) => keys.get(key as CardId)!)
  const inKeyrings = keyrings.flatMap((keyring) => [
    keyring.signing.reveal(),
    keyring.sealing.reveal(),
    ...expandedParts(keyring.sealing.reveal()),
    serializeKeyring(keyring),
  ])
  const records = await store.scan('messages', { limit: 100 })
  const openings = records.map(({ value }) => decodeInnerMessage(decodeMessageRecord(value).innerBytes).opening)
  return { secrets: [...inKeyrings, ...openings], keyrings }
}

describe('promise: keys never leak', () => {
  let world: TestWorld
  let folder: string
  const said: string[] = []
  const consoles = ['log', 'warn', 'error', 'info', 'debug'] as const
  const originals = consoles.map((name) => console[name])

  before(async () => {
    world = await startTestWorld()
    folder = mkdtempSync(join(tmpdir(), 'herald-no-leaks-'))
    for (const name of consoles) console[name] = (...parts: unknown[]) => void said.push(inspect(parts, { depth: 12 }))
  })

  after(async () => {
    consoles.forEach((name, i) => {
      console[name] = originals[i] as typeof console.log
    })
    await world[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  it('shows no key, opening or plaintext in logs, errors, inspected objects or JSON of a whole conversation', async () => {
    const { rpcUrl, chainId, accounts } = world.chain
    const client = createRegistryClient({ rpcUrl, chainId, registry: world.registry })
    const directory = createCardDirectory({ client, backend: nodeBackend, ambient: systemAmbient })
    const relayKey = new Secret(systemAmbient.random(32))
    const tokens: string[] = []
    using _overhearing = overhearTokens(tokens)
    const log = (entry: object) => void said.push(inspect(entry, { depth: 12 }))
    const mailboxFile = join(folder, 'mailbox.db')
    const mailbox = await sqliteMailbox({ file: mailboxFile })
    const common = { ambient: systemAmbient, backend: nodeBackend, mailbox, directory, relayKey, log }
    const relay = await createRelay({ host: '127.0.0.1', port: 0, ...common })
    const { transport: _, ...options } = world.optionsOf(1)
    const stores = [memoryStore(), memoryStore()] as const
    const alice = await createAgent({ ...options, relay: relay.url, store: stores[0] })
    const bobKey = accounts[2]!.privateKey
    const bob = await createAgent({ ...options, account: bobKey, relay: relay.url, store: stores[1] })
    const objects: unknown[] = [
      alice,
      bob,
      relay,
      relayKey,
      mailbox,
      stores,
      options.registry,
      nodeBackend,
      nobleBackend,
    ]
    const note = (thing: unknown) => void objects.push(thing)
    for (const agent of [alice, bob]) {
      agent.on('refused', note)
      agent.on('failed', note)
      note(await agent.register())
    }
    bob.on('message', (message) => message.reply({ text: 'noted' }))
    const peer = await alice.peer(bob.account)
    note(peer)
    const answer = await peer.request({ text: plaintext })
    note(await peer.send({ text: 'x'.repeat(1_048_577) }).catch((error: unknown) => error))
    note(await alice.receive(new Uint8Array(300).fill(1)).catch((error: unknown) => error))
    const kept = [await secretsOf(stores[0]), await secretsOf(stores[1])]
    const keyrings = kept.flatMap((held) => held.keyrings)
    note(keyrings)
    const accountKeys = [options.account as string, bobKey].map((key) =>
      Uint8Array.from(Buffer.from(key.slice(2), 'hex')),
    )
    const held = [relayKey.reveal(), ...accountKeys, ...kept.flatMap(({ secrets }) => secrets)]
    await alice[Symbol.asyncDispose]()
    await bob[Symbol.asyncDispose]()
    await relay.close()
    await directory[Symbol.asyncDispose]()
    await mailbox[Symbol.asyncDispose]()
    const dataKeys = dataKeysIn(mailboxFile)
    const keyFile = new KeyFile(`${mailboxFile}-keys`)
    note(keyFile)
    keyFile.close()

    const secrets = [...held, ...dataKeys]
    const everything = [...said, ...objects.map(shownBy)].join('\n')
    expect(answer.text()).to.equal('noted')
    // The search bites: what is public does show.
    expect(leaks(everything, keyrings[0]!.signingKey)).to.equal(true)
    expect(held.length).to.be.greaterThan(16)
    // The key that blinds addresses, and two for each of the two mailboxes.
    expect(dataKeys).to.have.length(5)
    expect(tokens.length).to.be.at.least(2)
    expect(tokens.map((token) => everything.includes(token.slice(-40)))).to.not.include(true)
    expect(secrets.map((secret) => leaks(everything, secret))).to.not.include(true)
    expect(everything).to.not.include(plaintext)
    expect(leaks(everything, Buffer.from(plaintext))).to.equal(false)
  })
})
