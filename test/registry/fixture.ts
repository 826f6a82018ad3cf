/** A chain with a registry, agents with cards, and a proxy in front that can lie. */

import type { AgentRef } from '../../src/core/agent-ref.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import { type Address, asAddress, type CardId } from '../../src/core/ids.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCard } from '../../src/identity/card.ts'
import { createKeyring } from '../../src/identity/keyring.ts'
import { deployAgentRegistry } from '../../src/registry/deploy.ts'
import { createRegistryClient, type RegistryClient } from '../../src/registry/registry-client.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'
import { type LyingProxy, startLyingProxy } from './lying-proxy.ts'

/** An agent with an account of the chain. */
export interface TestAgent {
  readonly ref: AgentRef
  readonly address: Address
  /** Writes to the registry, straight to the chain. */
  readonly client: RegistryClient
  /** Publishes a new card in place of the current one. */
  rotate(previousValidUntil?: number): Promise<{ cardId: CardId; cardBytes: Uint8Array }>
}

/** What the tests of this folder share. */
export interface RegistryFixture extends AsyncDisposable {
  readonly chain: LocalChain
  readonly registry: Address
  readonly proxy: LyingProxy
  /** A client that asks the proxy. */
  viaProxy(options?: { timeoutMillis?: number }): RegistryClient
  /** The next of the chain's accounts, without a card. At most 9 for a fixture. */
  nextAgent(): TestAgent
}

function agentAt(chain: LocalChain, registry: Address, place: number): TestAgent {
  const { privateKey, address } = chain.accounts[place]!
  const { rpcUrl, chainId } = chain
  const client = createRegistryClient({ rpcUrl, chainId, registry, account: privateKey })
  const ref: AgentRef = { chainId, registry, address: asAddress(address) }
  return {
    ref,
    address: ref.address,
    client,
    rotate: async (previousValidUntil) => {
      const keyring = createKeyring(nodeBackend, systemAmbient.random, suiteX25519)
      const card = createCard(nodeBackend, { agent: ref, keyring, kind: 'agent', relays: ['http://127.0.0.1:8787'] })
      const previous = (await client.current(ref.address))?.cardId
      await client.publish({ card: card.cardBytes, previous, previousValidUntil })
      return card
    },
  }
}

/** Starts all of it. */
export async function startRegistryFixture(): Promise<RegistryFixture> {
  const chain = await startLocalChain()
  const { rpcUrl, chainId } = chain
  const { address: registry } = await deployAgentRegistry({ rpcUrl, account: chain.accounts[0]!.privateKey })
  const proxy = await startLyingProxy(rpcUrl)
  let place = 0
  return {
    chain,
    registry,
    proxy,
    viaProxy: (options = {}) => createRegistryClient({ rpcUrl: proxy.rpcUrl, chainId, registry, ...options }),
    nextAgent: () => agentAt(chain, registry, ++place),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await chain[Symbol.asyncDispose]()
    },
  }
}
