/** A chain with the contracts on it, agents that publish cards there, and messages anchored and proven. */
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { createBatch, messageLeaf } from '../../src/anchor/batch.ts'
import { deployMessageAnchor } from '../../src/anchor/deploy.ts'
import { assembleProof } from '../../src/anchor/prove.ts'
import { type AnchorPublication, createAnchorPublisher } from '../../src/anchor/publisher.ts'
import { type Address, asAddress, type Seconds } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { deployAgentRegistry } from '../../src/registry/deploy.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import type { RevokeRequest } from '../../src/registry/registry-transactions.ts'
import type { RpcProvider } from '../../src/registry/rpc.ts'
import type { Proof } from '../../src/wire/proof.ts'
import { type LocalAccount, startLocalChain } from './local-chain.ts'
import {
  createTestAgent,
  type SignedStatement,
  type StatementOptions,
  signStatement,
  type TestAgent,
} from './signed-statement.ts'

/** An agent of the chain's accounts. */
export interface ChainAgent extends TestAgent {
  readonly account: LocalAccount
}

/** Where proofs are made and verified. */
export type ProvenanceChain = Awaited<ReturnType<typeof startProvenanceChain>>

/** Asks an endpoint over HTTP, as any EIP-1193 provider does. */
function providerOf(rpcUrl: string): RpcProvider {
  return {
    async request({ method, params = [] }: { method: string; params?: unknown }) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const { result, error } = (await response.json()) as { result?: unknown; error?: unknown }
      if (error) throw error
      return result
    },
  }
}

/** A provider that asks each question once: for a chain that stands still. */
export function rememberingProvider(provider: RpcProvider): RpcProvider {
  const answers = new Map<string, Promise<unknown>>()
  return {
    request(call: { method: string; params?: unknown }) {
      const name = JSON.stringify([call.method, call.params])
      const answer = answers.get(name) ?? provider.request(call)
      answers.set(name, answer)
      return answer
    },
  }
}

/** Starts a chain, with both contracts deployed. Dispose of it at the end. */
export async function startProvenanceChain() {
  const chain = await startLocalChain()
  const { rpcUrl, chainId, accounts } = chain
  const account = accounts[9]!.privateKey
  const registry = (await deployAgentRegistry({ rpcUrl, account })).address
  const contract = (await deployMessageAnchor({ rpcUrl, account })).address
  const provider = providerOf(rpcUrl)
  const publisher = createAnchorPublisher({ rpcUrl, chainId, contract, account })

  const registryOf = (agent: ChainAgent) =>
    createRegistryClient({ rpcUrl, chainId, registry, account: agent.account.privateKey })

  /** An agent on a new account that has published nothing yet. */
  async function newAgent(): Promise<ChainAgent> {
    const privateKey = generatePrivateKey()
    const address = asAddress(privateKeyToAddress(privateKey))
    await provider.request({ method: 'hardhat_setBalance', params: [address, '0xde0b6b3a7640000'] })
    return { account: { privateKey, address }, ...createTestAgent({ chainId, registry, address }) }
  }

  /** Publishes the agent's card in place of its current one. */
  async function publish(agent: ChainAgent): Promise<ChainAgent> {
    const client = registryOf(agent)
    const current = await client.current(agent.agent.address)
    await client.publish({ card: agent.cardBytes, previous: current?.cardId })
    return agent
  }

  /** Anchors messages as one batch; with their proofs, all revealed. */
  async function anchor(
    messages: readonly SignedStatement[],
  ): Promise<{ proofs: Proof[]; publication: AnchorPublication }> {
    const batch = createBatch(messages.map((message) => messageLeaf(nodeBackend, message)))
    const publication = await publisher.publish(batch)
    const proofs = messages.map((message) => proofOf(message, { batch, publication }))
    return { proofs, publication }
  }

  function proofOf(message: SignedStatement, anchor?: Parameters<typeof assembleProof>[1]['anchor']): Proof {
    const { sender, ...rest } = message
    return assembleProof(nodeBackend, { ...rest, sender: sender.agent, card: sender.cardBytes, anchor })
  }

  return {
    ...chain,
    registry,
    contract: contract as Address,
    provider,
    anchorer: publisher.anchorer,
    newAgent,
    publish,
    anchor,
    proofOf,
    /** An agent that has published its card. */
    registered: async () => publish(await newAgent()),
    /** The same account with new keys, published. */
    rotate: (agent: ChainAgent) => publish({ account: agent.account, ...createTestAgent(agent.agent) }),
    revoke: (agent: ChainAgent, request: Omit<RevokeRequest, 'cardId'>) =>
      registryOf(agent).revoke({ ...request, cardId: agent.cardId }),
    /** A message signed at the chain's own time, unless told otherwise. */
    async sign(sender: ChainAgent, recipient: ChainAgent, options: Partial<StatementOptions> = {}) {
      return signStatement(sender, recipient, { created: (await this.time()) * 1000, ...options })
    },
    /** Time of the newest block. */
    async time(): Promise<Seconds> {
      const block = (await provider.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })) as {
        timestamp: string
      }
      return Number(block.timestamp)
    },
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  }
}
