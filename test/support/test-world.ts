/** A small world for tests of the client: a local chain with both contracts, and agents on one in-memory switchboard. */
import { deployMessageAnchor } from '../../src/anchor/deploy.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import type { MessageId } from '../../src/core/ids.ts'
import { type AgentOptions, createAgent } from '../../src/create-agent.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { deployAgentRegistry } from '../../src/registry/deploy.ts'
import { createSwitchboard, memoryTransport } from '../../src/transport/memory-transport.ts'
import type { Transport } from '../../src/transport/port.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { type LocalChain, startLocalChain } from './local-chain.ts'

/** A running world. */
export interface TestWorld extends AsyncDisposable {
  readonly chain: LocalChain
  readonly registry: string
  readonly anchor: string
  /** Every envelope that was submitted. */
  readonly overheard: ReadonlyMap<MessageId, Uint8Array>
  readonly transport: Transport
  /** Options of an agent of the given test account, 0 to 9. */
  optionsOf(account: number, change?: Partial<AgentOptions>): AgentOptions
  /** Creates an agent; the caller disposes of it. */
  agent(account: number, change?: Partial<AgentOptions>): ReturnType<typeof createAgent>
}

/** Starts a world. */
export async function startTestWorld(): Promise<TestWorld> {
  const chain = await startLocalChain()
  const { rpcUrl, chainId, accounts } = chain
  const deployer = { rpcUrl, chainId, account: accounts[0]!.privateKey }
  const registry = (await deployAgentRegistry(deployer)).address
  const anchor = (await deployMessageAnchor(deployer)).address
  const switchboard = createSwitchboard()
  const carrier = memoryTransport({ ambient: systemAmbient, sha256: nodeBackend.sha256, switchboard })
  const overheard = new Map<MessageId, Uint8Array>()
  const transport: Transport = {
    submit(envelope, relays, options) {
      overheard.set(decodeEnvelope(envelope).header.messageId, envelope)
      return carrier.submit(envelope, relays, options)
    },
    openInbox: (relay, owner, options) => carrier.openInbox(relay, owner, options),
    configure: (relay, owner, settings) => carrier.configure(relay, owner, settings),
    [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
  }
  const optionsOf = (account: number, change: Partial<AgentOptions> = {}): AgentOptions => ({
    account: accounts[account]!.privateKey,
    chain: { id: chainId, rpcUrl },
    registry,
    anchor,
    relay: 'http://127.0.0.1:1',
    transport,
    pollMillis: 100,
    ...change,
  })
  return {
    chain,
    registry,
    anchor,
    overheard,
    transport,
    optionsOf,
    agent: (account, change) => createAgent(optionsOf(account, change)),
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  }
}
