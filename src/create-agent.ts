/** `createAgent`: picks the adapters that most users want and joins them to an agent. */
import { defaultBackend } from '#crypto-backend'
import { createAnchorPublisher } from './anchor/publisher.ts'
import { type Agent, joinAgent } from './client/agent.ts'
import { openKeyStore } from './client/key-store.ts'
import { type Ambient, systemAmbient } from './core/ambient.ts'
import { InvalidArgumentError } from './core/errors.ts'
import { type Address, asAddress } from './core/ids.ts'
import { maxRelays } from './core/limits.ts'
import type { CryptoBackend } from './crypto/backend.ts'
import { createCardDirectory, type WatchingCardDirectory } from './registry/create-card-directory.ts'
import type { TrustOptions } from './registry/create-proven-reader.ts'
import { type Deployment, deploymentFor } from './registry/deployment.ts'
import { type CardReader, createRegistryClient } from './registry/registry-client.ts'
import { createRelayedWriter } from './registry/relayed-writer.ts'
import { openRpc, type RpcOptions, type RpcProvider } from './registry/rpc.ts'
import { memoryStore } from './store/memory-store.ts'
import type { Store } from './store/port.ts'
import type { Transport } from './transport/port.ts'
import { relayTransport } from './transport/relay-transport.ts'
import { type CardKind, isRelayUrl } from './wire/card.ts'

/** A chain: its id, and one way to reach it. viem's chain objects fit. */
export interface ChainOptions {
  /** EIP-155 chain id; the endpoint has to serve it. */
  readonly id: number
  /** JSON-RPC endpoint. */
  readonly rpcUrl?: string
  /** An EIP-1193 provider or viem client, in place of an endpoint. */
  readonly client?: RpcProvider
  /** Where viem's chain objects say it. */
  readonly rpcUrls?: { readonly default: { readonly http: readonly string[] } }
}

/** What an agent needs to know. */
export interface AgentOptions {
  /** The agent's account: a viem account, or its private key of 32 bytes as 0x hexadecimal. */
  readonly account: NonNullable<RpcOptions['account']>
  readonly chain: ChainOptions
  /** Address of the AgentRegistry contract. Default: the one of `deployments`. */
  readonly registry?: string
  /**
   * Where the contracts are, by chain, as `parseDeployment` reads it from deployment files; the one for this chain counts.
   * Default: the canonical addresses, which are the same on every chain.
   */
  readonly deployments?: readonly Deployment[]
  /** URL of the agent's relay, or up to 4 of them, best first; they go into its card. */
  readonly relay: string | readonly string[]
  /**
   * Whose word on cards is taken, the agent's own included. Left out: the endpoint in `chain` is believed, as far as it does not
   * contradict itself. Given: records are proven against a block that a quorum of endpoints agrees on, so that one lying
   * endpoint can neither swap a key nor hide a revocation. Needs the optional package `@ethereumjs/mpt`.
   */
  readonly trust?: TrustOptions
  /** Address of a MessageAnchor contract. Anchoring is off while it is left out. */
  readonly anchor?: string
  /** Who answers: a program, a person or a service. It is signed into the card. Default `agent`. */
  readonly kind?: CardKind
  /** Keeps keys and messages. Default: in memory, gone with the process; see `herald/store/sqlite`. */
  readonly store?: Store
  /**
   * Messages remembered against replays at the same time, until each expires. When so many are, new ones are left at the
   * relay. Default 1,048,576, about 330 MB of `sqliteStore`.
   */
  readonly replayLimit?: number
  /** Carries envelopes. Default: HTTP and WebSocket to relays. */
  readonly transport?: Transport
  /**
   * Whether a relay may learn that this agent sends, where a mailbox takes mail of registered senders only. Default false:
   * such mail fails with `relay.write_refused`, unless its recipient invited this agent.
   */
  readonly identify?: boolean
  /** Pause between two looks for new cards and revocations. Default 4,000 ms. */
  readonly pollMillis?: number
  /** Time and randomness. Default: the machine's. */
  readonly ambient?: Ambient
  /**
   * The cryptographic primitives. Default: node:crypto on Node.js, noble elsewhere; `herald/crypto/noble` and
   * `herald/crypto/node` name either.
   */
  readonly backend?: CryptoBackend
}

/** Whoever calls from JavaScript may hand anything. @throws InvalidArgumentError */
function assertOptions(options: AgentOptions | undefined): asserts options is AgentOptions {
  const expected = 'given: account, chain and relay'
  if (typeof options !== 'object' || options === null) throw new InvalidArgumentError({ argument: 'options', expected })
  const { account, chain, registry, relay } = options
  if (!account) throw new InvalidArgumentError({ argument: 'account', expected: 'a viem account or a private key' })
  if (typeof chain !== 'object' || chain === null)
    throw new InvalidArgumentError({ argument: 'chain', expected: '{ id, rpcUrl }' })
  if (registry !== undefined && typeof registry !== 'string')
    throw new InvalidArgumentError({ argument: 'registry', expected: 'an address' })
  assertAdapters(options)
  assertRelays(relay)
}

/** @throws InvalidArgumentError */
function assertRelays(relay: unknown): void {
  const relays: readonly unknown[] = typeof relay === 'string' ? [relay] : Array.isArray(relay) ? relay : []
  if (relays.length === 0 || relays.length > maxRelays || !relays.every(isRelay))
    throw new InvalidArgumentError({ argument: 'relay', expected: `1 to ${maxRelays} http or https URLs` })
}

/** @throws InvalidArgumentError */
function assertAdapters({ store, backend }: AgentOptions): void {
  if (store !== undefined && typeof store?.scan !== 'function')
    throw new InvalidArgumentError({ argument: 'store', expected: 'a store, such as sqliteStore(file)' })
  if (backend !== undefined && typeof backend?.sha256 !== 'function')
    throw new InvalidArgumentError({ argument: 'backend', expected: 'a crypto backend, such as nobleBackend' })
}

const isRelay = (url: unknown): boolean => typeof url === 'string' && isRelayUrl(url)

function rpcOptionsOf({ account, chain }: AgentOptions): RpcOptions {
  const rpcUrl = chain.rpcUrl ?? chain.rpcUrls?.default.http[0]
  const reach = chain.client === undefined ? { rpcUrl } : { client: chain.client }
  if (reach.rpcUrl === undefined && reach.client === undefined)
    throw new InvalidArgumentError({ argument: 'chain', expected: 'given with an rpcUrl or a client' })
  return { account, chainId: chain.id, ...(reach as { rpcUrl: string }) }
}

/** The reader that proves is loaded only where it is asked for. */
async function readerOf({ trust, chain, ambient }: AgentOptions, registry: Address): Promise<CardReader | undefined> {
  if (trust === undefined) return undefined
  const { createProvenReader } = await import('./registry/create-proven-reader.ts')
  return createProvenReader({ ...trust, chainId: chain.id, registry, ambient })
}

/** Closes what `createAgent` opened together with the agent. */
function owning(agent: Agent, owned: readonly AsyncDisposable[]): Agent {
  const dispose = agent[Symbol.asyncDispose].bind(agent)
  agent[Symbol.asyncDispose] = async () => {
    await dispose()
    for (const part of owned) await part[Symbol.asyncDispose]()
  }
  return agent
}

/**
 * Creates an agent. Nothing is asked of chain or relay before `register`.
 *
 * @throws InvalidArgumentError on options that are none; `registry.no_deployment`; a `store.*` error when what an earlier run kept cannot be read
 * @example
 * ```ts
 * import { createAgent } from 'herald'
 *
 * const agent = await createAgent({
 *   account: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
 *   chain: { id: 31337, rpcUrl: 'http://127.0.0.1:8545' },
 *   relay: 'http://127.0.0.1:8787',
 * })
 * await agent.register()
 * ```
 */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  assertOptions(options)
  const { ambient = systemAmbient, kind = 'agent', store = memoryStore(), backend = defaultBackend } = options
  const rpc = openRpc(rpcOptionsOf(options))
  if (rpc.account === undefined) throw new InvalidArgumentError({ argument: 'account', expected: 'given' })
  const chainId = options.chain.id
  const address = asAddress(options.registry ?? deploymentFor(chainId, options.deployments).registry)
  const registry = createRegistryClient({ rpc, chainId, registry: address })
  const watching = { watch: true, ...(options.pollMillis === undefined ? {} : { pollMillis: options.pollMillis }) }
  const reader = await readerOf(options, address)
  const directory: WatchingCardDirectory = createCardDirectory({
    client: registry,
    reader,
    backend,
    ambient,
    ...watching,
  })
  const { sha256, ed25519Verify: verify } = backend
  const transport = options.transport ?? relayTransport({ ambient, sha256, verify })
  const agent = await joinAgent({
    self: { chainId, registry: address, address: rpc.account },
    kind,
    relays: typeof options.relay === 'string' ? [options.relay] : options.relay,
    backend,
    ambient,
    store,
    replayLimit: options.replayLimit,
    keys: await openKeyStore(backend, store),
    transport,
    identify: options.identify ?? false,
    directory,
    // Its own card is proven as well: nobody hides from an agent that its card was revoked.
    registry: {
      ...registry,
      ...(reader && { current: reader.current }),
      via: (via) => createRelayedWriter(registry, via),
    },
    anchor:
      options.anchor === undefined ? undefined : createAnchorPublisher({ rpc, chainId, contract: options.anchor }),
  })
  const owned = [...(options.transport ? [] : [transport]), directory, ...(options.store ? [] : [store])]
  return owning(agent, owned)
}
