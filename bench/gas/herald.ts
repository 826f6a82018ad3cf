/** What Herald's contracts cost, with the limits that they have to keep. */

import {
  type Address,
  concat,
  encodeFunctionData,
  type Hex,
  keccak256,
  type TransactionReceipt,
  type TypedDataDomain,
  zeroHash,
} from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { messageAnchorAbi } from '../../src/anchor/abi/message-anchor.ts'
import { messageAnchorBytecode } from '../../src/anchor/abi/message-anchor-bytecode.ts'
import { agentRegistryAbi } from '../../src/registry/abi/agent-registry.ts'
import { agentRegistryBytecode } from '../../src/registry/abi/agent-registry-bytecode.ts'
import { accountOf, type Chain, farDeadline, payloadOf, shareOf, sumOf } from './chain.ts'
import { heraldCompiler } from './compile.ts'
import { type Build, type Figures, operations, type Row } from './figures.ts'
import { deployWallet } from './wallet.ts'

const system = 'herald'
const deployer = accountOf('deployer of Herald')
const relayer = accountOf('relayer')
const maxRuntimeBytes = 12 * 1024
const batchLength = 100
const leavesBelowRoot = 1000

/** Reason for a revocation: a key in other hands. */
const keyCompromise = 1

const publishTypes = {
  Publish: [
    { name: 'agent', type: 'address' },
    { name: 'cardId', type: 'bytes32' },
    { name: 'previous', type: 'bytes32' },
    { name: 'previousValidUntil', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
} as const

/** A registry, and accounts that use it. */
interface Registry {
  readonly chain: Chain
  readonly address: Address
  readonly domain: TypedDataDomain
}

/** Version 1, type 1 and the X-Wing suite, then what stands for keys. The registry reads the suite and nothing else. */
function cardOf(name: string, length: number): Hex {
  const header = '0x0101647a'
  return concat([header, payloadOf(name, length - 4)])
}

async function deployRegistry(chain: Chain): Promise<Registry> {
  const address = await chain.deploy(deployer, agentRegistryBytecode)
  const { domain } = await chain.client.getEip712Domain({ address })
  const { name, version, chainId, verifyingContract } = domain
  return { chain, address, domain: { name, version, chainId, verifyingContract } }
}

function publish(
  { chain, address }: Registry,
  agent: PrivateKeyAccount,
  card: Hex,
  previous: Hex = zeroHash,
  previousValidUntil = 0,
): Promise<TransactionReceipt> {
  const args = [agent.address, card, previous, previousValidUntil] as const
  const data = encodeFunctionData({ abi: agentRegistryAbi, functionName: 'publish', args })
  return chain.send(agent, address, data)
}

/** A first card that `signer` has signed for `agent`. */
async function signFirst({ domain }: Registry, signer: PrivateKeyAccount, agent: Address, card: Hex) {
  const terms = { agent, previous: zeroHash, previousValidUntil: 0, deadline: farDeadline }
  const message = { ...terms, cardId: keccak256(card) }
  const signature = await signer.signTypedData({ domain, types: publishTypes, primaryType: 'Publish', message })
  return { ...terms, card, signature }
}

async function publishFor(registry: Registry, signer: PrivateKeyAccount, agent: Address): Promise<TransactionReceipt> {
  const item = await signFirst(registry, signer, agent, cardOf('first', 64))
  const args = [agent, item.card, item.previous, item.previousValidUntil, item.deadline, item.signature] as const
  const data = encodeFunctionData({ abi: agentRegistryAbi, functionName: 'publishFor', args })
  return registry.chain.send(relayer, registry.address, data)
}

async function publishForMany(registry: Registry): Promise<TransactionReceipt> {
  const { chain, address } = registry
  const agents = Array.from({ length: batchLength }, (_, index) => accountOf(`agent ${index} of a batch`))
  const items = await Promise.all(
    agents.map((agent, index) => signFirst(registry, agent, agent.address, cardOf(`first ${index}`, 64))),
  )
  const data = encodeFunctionData({ abi: agentRegistryAbi, functionName: 'publishForMany', args: [items] })
  const receipt = await chain.send(relayer, address, data)
  const events = await chain.client.getContractEvents({ address, abi: agentRegistryAbi, eventName: 'CardPublished' })
  const published = events.filter(({ transactionHash }) => transactionHash === receipt.transactionHash).length
  if (published !== batchLength) throw new Error(`${published} of ${batchLength} cards were published`)
  return receipt
}

/** The life of one agent's first two cards. */
async function cardRows(registry: Registry): Promise<Row[]> {
  const { chain, address } = registry
  const agent = accountOf('agent')
  const first = cardOf('first', 64)
  const published = await publish(registry, agent, first)
  const graceEnd = (await chain.timeOf(published)) + 86_400
  const replaced = await publish(registry, agent, cardOf('second', 64), keccak256(first), graceEnd)
  const since = await chain.timeOf(replaced)
  const args = [agent.address, keccak256(cardOf('second', 64)), keyCompromise, since] as const
  const revoked = await chain.send(
    agent,
    address,
    encodeFunctionData({ abi: agentRegistryAbi, functionName: 'revoke', args }),
  )
  const large = await publish(registry, accountOf('agent with a large card'), cardOf('first', 1248))
  const cost = (receipt: TransactionReceipt) => ({ system, gasUsed: sumOf(receipt) }) as const
  return [
    { operation: operations.firstKey, ...cost(published), atMost: 80_000, note: 'publish' },
    { operation: operations.firstPostQuantumKey, ...cost(large), atMost: 109_000, note: 'publish' },
    {
      operation: operations.replacedKey,
      ...cost(replaced),
      atMost: 69_000,
      note: 'publish, the old card in force for one more day',
    },
    {
      operation: operations.revokedKey,
      ...cost(revoked),
      atMost: 34_000,
      note: 'revoke, with reason and start of the compromise',
    },
  ]
}

async function signatureRows(registry: Registry): Promise<Row[]> {
  const signer = accountOf('signing agent')
  const signed = await publishFor(registry, signer, signer.address)
  const owner = accountOf('owner of a wallet')
  const byWallet = await publishFor(registry, owner, await deployWallet(registry.chain, owner))
  const batch = await publishForMany(registry)
  return [
    { operation: operations.signedKey, system, gasUsed: sumOf(signed), atMost: 88_000, note: 'publishFor' },
    { operation: operations.walletKey, system, gasUsed: sumOf(byWallet), atMost: 96_000, note: 'publishFor' },
    {
      operation: operations.batchedKeys,
      system,
      gasUsed: shareOf(batch, batchLength),
      atMost: 69_000,
      note: `publishForMany of ${batchLength}, one for each of as many agents`,
    },
  ]
}

async function controlRow({ chain, address }: Registry): Promise<Row> {
  const [agent, next] = [accountOf('agent'), accountOf('next controller')]
  const call = { abi: agentRegistryAbi } as const
  const offer = encodeFunctionData({ ...call, functionName: 'proposeController', args: [agent.address, next.address] })
  const taking = encodeFunctionData({ ...call, functionName: 'acceptControl', args: [agent.address] })
  const gasUsed = sumOf(await chain.send(agent, address, offer), await chain.send(next, address, taking))
  const note = 'proposeController and acceptControl, two transactions, so that control goes to nobody unasked'
  return { operation: operations.control, system, gasUsed, note }
}

async function anchorRows(chain: Chain, anchor: Address): Promise<Row[]> {
  const anchorer = accountOf('anchorer')
  const tree = { root: payloadOf('root', 32), size: BigInt(leavesBelowRoot) }
  const trees = Array.from({ length: 100 }, (_, index) => ({ ...tree, root: payloadOf(`root ${index}`, 32) }))
  const one = [tree.root, tree.size] as const
  const call = { abi: messageAnchorAbi } as const
  const send = (data: Hex) => chain.send(anchorer, anchor, data)
  const logged = await send(encodeFunctionData({ ...call, functionName: 'anchor', args: one }))
  const stored = await send(encodeFunctionData({ ...call, functionName: 'anchorStored', args: one }))
  const many = await send(encodeFunctionData({ ...call, functionName: 'anchorMany', args: [trees] }))
  return [
    { operation: operations.loggedRoot, system, gasUsed: sumOf(logged), atMost: 24_000, note: 'anchor' },
    { operation: operations.storedRoot, system, gasUsed: sumOf(stored), atMost: 47_000, note: 'anchorStored' },
    {
      operation: operations.batchedRoots,
      system,
      gasUsed: shareOf(many, trees.length),
      note: 'anchorMany, in logs',
    },
    {
      operation: operations.message,
      system,
      gasUsed: shareOf(logged, leavesBelowRoot),
      note: 'anchor, a thousandth of it',
    },
  ]
}

/** Measures Herald. Its contracts are the bytecode that clients deploy. */
export async function measureHerald(chain: Chain): Promise<Figures> {
  const registry = await deployRegistry(chain)
  const anchor = await chain.deploy(deployer, messageAnchorBytecode)
  const build = async (contract: string, address: Address): Promise<Build> => ({
    system,
    contract,
    ...heraldCompiler,
    runtimeBytes: await chain.runtimeBytes(address),
    atMost: maxRuntimeBytes,
  })
  const builds = [await build('AgentRegistry', registry.address), await build('MessageAnchor', anchor)]
  const rows = [
    ...(await cardRows(registry)),
    ...(await signatureRows(registry)),
    await controlRow(registry),
    ...(await anchorRows(chain, anchor)),
  ]
  return { builds, rows }
}
