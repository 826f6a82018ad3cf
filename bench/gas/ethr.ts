/**
 * What the same costs with ethr-did-registry (ERC-1056): a key is an attribute, which is an event and nothing else;
 * storage keeps the block of the last one.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Address,
  concat,
  encodeFunctionData,
  type Hex,
  keccak256,
  parseAbi,
  parseSignature,
  stringToHex,
  type TransactionReceipt,
  toHex,
} from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { accountOf, type Chain, payloadOf, sumOf } from './chain.ts'
import { type Compiled, type CompilerSettings, compile, heraldCompiler } from './compile.ts'
import { type Figures, operations, type Row, type System } from './figures.ts'

const abi = parseAbi([
  'function setAttribute(address identity, bytes32 name, bytes value, uint256 validity)',
  'function setAttributeSigned(address identity, uint8 sigV, bytes32 sigR, bytes32 sigS, bytes32 name, bytes value, uint256 validity)',
  'function revokeAttribute(address identity, bytes32 name, bytes value)',
  'function changeOwner(address identity, address newOwner)',
])

const contract = 'EthereumDIDRegistry'
const packagePath = 'node_modules/ethr-did-registry'
const attributeName = stringToHex('did/pub/X25519/enc/hex', { size: 32 })
/** Seconds that an attribute is in force: a year. */
const validity = 31_536_000n

/** The contract as npm ships it. Its build information says how it was compiled. */
export function shippedEthr(peers: string): Compiled {
  const folder = join(peers, packagePath, 'artifacts/contracts/EthereumDIDRegistry.sol')
  const read = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))
  const { bytecode } = read(`${contract}.json`) as { bytecode: Hex }
  const { buildInfo } = read(`${contract}.dbg.json`) as { buildInfo: string }
  const { solcVersion, input } = read(buildInfo) as { solcVersion: string; input: { settings: CompilerSettings } }
  const { optimizer } = input.settings
  return {
    compiler: solcVersion,
    settings: { optimizer, viaIR: false, evmVersion: 'default' },
    bytecodes: { [contract]: bytecode },
  }
}

/** The contract compiled as Herald's are. */
export function compileEthr(root: string, peers: string): Compiled {
  return compile({
    packages: root,
    sources: join(peers, packagePath),
    contracts: [`contracts/${contract}.sol`],
    settings: heraldCompiler.settings,
  })
}

interface Registry {
  readonly chain: Chain
  readonly address: Address
}

function setAttribute({ chain, address }: Registry, identity: PrivateKeyAccount, value: Hex) {
  const args = [identity.address, attributeName, value, validity] as const
  return chain.send(identity, address, encodeFunctionData({ abi, functionName: 'setAttribute', args }))
}

/** The signature is over a message of the contract's own making; it names neither chain nor deadline. */
async function setAttributeSigned({ chain, address }: Registry, value: Hex): Promise<TransactionReceipt> {
  const signer = accountOf('signing agent')
  const identity = signer.address
  const terms = [attributeName, value, toHex(validity, { size: 32 })] as const
  const nonce = toHex(0n, { size: 32 })
  const message = concat(['0x1900', address, nonce, identity, stringToHex('setAttribute'), ...terms])
  const { r, s, yParity } = parseSignature(await signer.sign({ hash: keccak256(message) }))
  const args = [identity, 27 + yParity, r, s, attributeName, value, validity] as const
  const data = encodeFunctionData({ abi, functionName: 'setAttributeSigned', args })
  return chain.send(accountOf('relayer'), address, data)
}

/** Measures one build of the contract. */
export async function measureEthr(chain: Chain, system: System, build: Compiled): Promise<Figures> {
  const { compiler, settings, bytecodes } = build
  const deployer = accountOf(`deployer of ${system}`)
  const address = await chain.deploy(deployer, bytecodes[contract] as Hex)
  const registry = { chain, address }
  const agent = accountOf('agent')
  const key = payloadOf('first', 64)

  const first = await setAttribute(registry, agent, key)
  const later = await setAttribute(registry, agent, payloadOf('second', 64))
  const revocation = encodeFunctionData({
    abi,
    functionName: 'revokeAttribute',
    args: [agent.address, attributeName, key],
  })
  const revoked = await chain.send(agent, address, revocation)
  const signed = await setAttributeSigned(registry, key)
  const mlKem = await setAttribute(registry, accountOf('agent with an ML-KEM key'), payloadOf('first', 1184))
  const large = await setAttribute(registry, accountOf('agent with a large card'), payloadOf('first', 1248))
  const args = [agent.address, accountOf('next controller').address] as const
  const changed = await chain.send(agent, address, encodeFunctionData({ abi, functionName: 'changeOwner', args }))

  const rows: Row[] = [
    { operation: operations.firstKey, system, gasUsed: sumOf(first), note: 'setAttribute, an event' },
    { operation: operations.firstPostQuantumKey, system, gasUsed: sumOf(large), note: 'setAttribute, an event' },
    { operation: operations.firstMlKemKey, system, gasUsed: sumOf(mlKem), note: 'setAttribute, an event' },
    { operation: operations.laterKey, system, gasUsed: sumOf(later), note: 'setAttribute, an event' },
    {
      operation: operations.replacedKey,
      system,
      gasUsed: sumOf(later, revoked),
      note: 'setAttribute and revokeAttribute, two transactions',
    },
    { operation: operations.revokedKey, system, gasUsed: sumOf(revoked), note: 'revokeAttribute, an event' },
    { operation: operations.signedKey, system, gasUsed: sumOf(signed), note: 'setAttributeSigned, an event' },
    { operation: operations.control, system, gasUsed: sumOf(changed), note: 'changeOwner, one step' },
  ]
  const runtimeBytes = await chain.runtimeBytes(address)
  return { builds: [{ system, contract, compiler, settings, runtimeBytes }], rows }
}
