/**
 * What the same costs with the Ethereum Attestation Service: a key is an attestation about an agent by itself, kept in
 * storage with its times; a root is a timestamp, kept in storage.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Address,
  concat,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  parseAbi,
  parseEventLogs,
  parseSignature,
  type TransactionReceipt,
  type TypedDataDomain,
  zeroAddress,
  zeroHash,
} from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { accountOf, type Chain, farDeadline, payloadOf, shareOf, sumOf } from './chain.ts'
import { type Compiled, type CompilerSettings, compile, heraldCompiler } from './compile.ts'
import { type Figures, operations, type Row, type System } from './figures.ts'
import { deployWallet } from './wallet.ts'

const requestData =
  'struct Data { address recipient; uint64 expirationTime; bool revocable; bytes32 refUID; bytes data; uint256 value; }'

const abi = parseAbi([
  requestData,
  'struct Signature { uint8 v; bytes32 r; bytes32 s; }',
  'struct Request { bytes32 schema; Data data; }',
  'struct DelegatedRequest { bytes32 schema; Data data; Signature signature; address attester; uint64 deadline; }',
  'struct MultiRequest { bytes32 schema; Data[] data; }',
  'struct MultiDelegatedRequest { bytes32 schema; Data[] data; Signature[] signatures; address attester; uint64 deadline; }',
  'struct RevocationData { bytes32 uid; uint256 value; }',
  'struct Revocation { bytes32 schema; RevocationData data; }',
  'function attest(Request request) payable returns (bytes32)',
  'function attestByDelegation(DelegatedRequest request) payable returns (bytes32)',
  'function multiAttest(MultiRequest[] requests) payable returns (bytes32[])',
  'function multiAttestByDelegation(MultiDelegatedRequest[] requests) payable returns (bytes32[])',
  'function revoke(Revocation request) payable',
  'function timestamp(bytes32 data) returns (uint64)',
  'function multiTimestamp(bytes32[] data) returns (uint64)',
  'event Attested(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID)',
])

const schemaAbi = parseAbi([
  'function register(string schema, address resolver, bool revocable) returns (bytes32)',
  'event Registered(bytes32 indexed uid, address indexed registerer, (bytes32 uid, address resolver, bool revocable, string schema) schema)',
])

const attestTypes = {
  Attest: [
    { name: 'attester', type: 'address' },
    { name: 'schema', type: 'bytes32' },
    { name: 'recipient', type: 'address' },
    { name: 'expirationTime', type: 'uint64' },
    { name: 'revocable', type: 'bool' },
    { name: 'refUID', type: 'bytes32' },
    { name: 'data', type: 'bytes' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const

const packagePath = 'node_modules/@ethereum-attestation-service/eas-contracts'
const contracts = ['contracts/EAS.sol', 'contracts/SchemaRegistry.sol']
const relayer = accountOf('relayer')
/** As many as fit into a transaction of 16,777,216 gas, in tens. */
const keysInBatch = 70
const attestationsInBatch = 100
const rootsInBatch = 100
const leavesBelowRoot = 1000

/** How the contracts that npm ships were compiled: not stated there, but found out, and checked at each run. */
const shippedSettings: CompilerSettings = {
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: false,
  evmVersion: 'paris',
}

/** The contracts compiled with Herald's settings, by the one compiler that their sources allow. */
export function compileEas(peers: string, settings: CompilerSettings = heraldCompiler.settings): Compiled {
  return compile({ packages: peers, sources: join(peers, packagePath), contracts, settings })
}

/** The contracts as npm ships them. @throws Error when they are not what their sources give with the settings stated */
export function shippedEas(peers: string): Compiled {
  const build = compileEas(peers, shippedSettings)
  for (const [name, compiled] of Object.entries(build.bytecodes)) {
    const path = join(peers, packagePath, 'artifacts/contracts', `${name}.sol`, `${name}.json`)
    const { bytecode } = JSON.parse(readFileSync(path, 'utf8')) as { bytecode: Hex }
    if (bytecode !== compiled) throw new Error(`${name} of eas-contracts was compiled with other settings`)
  }
  return build
}

/** EAS, and a schema to attest by. */
interface Service {
  readonly chain: Chain
  readonly address: Address
  readonly domain: TypedDataDomain
  readonly schema: Hex
}

/** What is attested, about whom; revocable, without expiry, reference or payment. */
function dataOf(recipient: Address, data: Hex) {
  return { recipient, expirationTime: 0n, revocable: true, refUID: zeroHash, data, value: 0n }
}

function attest({ chain, address, schema }: Service, from: PrivateKeyAccount, recipient: Address, data: Hex) {
  const request = { schema, data: dataOf(recipient, data) }
  return chain.send(from, address, encodeFunctionData({ abi, functionName: 'attest', args: [request] }))
}

/** An attestation about `attester` by itself, which `signer` has signed for. */
async function sign({ domain, schema }: Service, signer: PrivateKeyAccount, attester: Address, key: Hex) {
  const data = dataOf(attester, key)
  const message = { attester, schema, ...data, nonce: 0n, deadline: BigInt(farDeadline) }
  const hex = await signer.signTypedData({ domain, types: attestTypes, primaryType: 'Attest', message })
  const { r, s, yParity } = parseSignature(hex)
  return { schema, data, signature: { v: 27 + yParity, r, s }, attester, deadline: message.deadline }
}

async function attestByDelegation(service: Service, signer: PrivateKeyAccount, attester: Address) {
  const request = await sign(service, signer, attester, payloadOf('first', 64))
  const data = encodeFunctionData({ abi, functionName: 'attestByDelegation', args: [request] })
  return service.chain.send(relayer, service.address, data)
}

async function attestManyByDelegation(service: Service): Promise<TransactionReceipt> {
  const agents = Array.from({ length: keysInBatch }, (_, index) => accountOf(`agent ${index} of a batch`))
  const signed = await Promise.all(
    agents.map((agent, index) => sign(service, agent, agent.address, payloadOf(`first ${index}`, 64))),
  )
  const requests = signed.map(({ data, signature, ...rest }) => ({ ...rest, data: [data], signatures: [signature] }))
  const data = encodeFunctionData({ abi, functionName: 'multiAttestByDelegation', args: [requests] })
  return service.chain.send(relayer, service.address, data)
}

async function keyRows(service: Service, system: System): Promise<Row[]> {
  const { chain, address, schema } = service
  const agent = accountOf('agent')
  const about = agent.address
  const first = await attest(service, agent, about, payloadOf('first', 64))
  const later = await attest(service, agent, about, payloadOf('second', 64))
  const [attested] = parseEventLogs({ abi, eventName: 'Attested', logs: first.logs })
  if (attested === undefined) throw new Error('nothing was attested')
  const revocation = { schema, data: { uid: attested.args.uid, value: 0n } }
  const revoked = await chain.send(
    agent,
    address,
    encodeFunctionData({ abi, functionName: 'revoke', args: [revocation] }),
  )
  const large = await attest(service, agent, about, payloadOf('first', 1248))
  const attestInStorage = 'attest, the key and its times in storage'
  return [
    { operation: operations.firstKey, system, gasUsed: sumOf(first), note: attestInStorage },
    { operation: operations.firstPostQuantumKey, system, gasUsed: sumOf(large), note: attestInStorage },
    { operation: operations.laterKey, system, gasUsed: sumOf(later), note: attestInStorage },
    {
      operation: operations.replacedKey,
      system,
      gasUsed: sumOf(later, revoked),
      note: 'attest and revoke, two transactions',
    },
    { operation: operations.revokedKey, system, gasUsed: sumOf(revoked), note: 'revoke, with its time' },
  ]
}

async function signatureRows(service: Service, system: System): Promise<Row[]> {
  const signer = accountOf('signing agent')
  const signed = await attestByDelegation(service, signer, signer.address)
  const owner = accountOf('owner of a wallet')
  const byWallet = await attestByDelegation(service, owner, await deployWallet(service.chain, owner))
  const batch = await attestManyByDelegation(service)
  return [
    { operation: operations.signedKey, system, gasUsed: sumOf(signed), note: 'attestByDelegation' },
    { operation: operations.walletKey, system, gasUsed: sumOf(byWallet), note: 'attestByDelegation' },
    {
      operation: operations.batchedKeys,
      system,
      gasUsed: shareOf(batch, keysInBatch),
      note: `multiAttestByDelegation of ${keysInBatch}, one for each of as many agents`,
    },
  ]
}

async function attestationRows(service: Service, system: System): Promise<Row[]> {
  const attester = accountOf('attester')
  const one = await attest(service, attester, zeroAddress, payloadOf('attested', 32))
  const data = Array.from({ length: attestationsInBatch }, (_, index) =>
    dataOf(zeroAddress, payloadOf(`attested ${index}`, 32)),
  )
  const args = [[{ schema: service.schema, data }]] as const
  const call = encodeFunctionData({ abi, functionName: 'multiAttest', args })
  const many = await service.chain.send(attester, service.address, call)
  return [
    { operation: operations.attestation, system, gasUsed: sumOf(one), note: 'attest, about nobody' },
    {
      operation: operations.batchedAttestations,
      system,
      gasUsed: shareOf(many, attestationsInBatch),
      note: `multiAttest of ${attestationsInBatch}, about nobody, all by one attester`,
    },
  ]
}

async function timestampRows({ chain, address }: Service, system: System): Promise<Row[]> {
  const sender = accountOf('anchorer')
  const roots = Array.from({ length: rootsInBatch }, (_, index) => payloadOf(`root ${index}`, 32))
  const send = (data: Hex) => chain.send(sender, address, data)
  const one = await send(encodeFunctionData({ abi, functionName: 'timestamp', args: [payloadOf('root', 32)] }))
  const many = await send(encodeFunctionData({ abi, functionName: 'multiTimestamp', args: [roots] }))
  return [
    { operation: operations.storedRoot, system, gasUsed: sumOf(one), note: 'timestamp, names no sender' },
    {
      operation: operations.batchedRoots,
      system,
      gasUsed: shareOf(many, rootsInBatch),
      note: 'multiTimestamp, in storage; reverts as a whole when anybody was first with one of them',
    },
    {
      operation: operations.message,
      system,
      gasUsed: shareOf(one, leavesBelowRoot),
      note: 'timestamp of a root, a thousandth of it',
    },
  ]
}

async function registerSchema(chain: Chain, registry: Address): Promise<{ schema: Hex; receipt: TransactionReceipt }> {
  const args = ['bytes key', zeroAddress, true] as const
  const data = encodeFunctionData({ abi: schemaAbi, functionName: 'register', args })
  const receipt = await chain.send(accountOf('schema author'), registry, data)
  const [registered] = parseEventLogs({ abi: schemaAbi, eventName: 'Registered', logs: receipt.logs })
  if (registered === undefined) throw new Error('no schema was registered')
  return { schema: registered.args.uid, receipt }
}

/** Measures one build of the contracts. */
export async function measureEas(chain: Chain, system: System, build: Compiled): Promise<Figures> {
  const { compiler, settings, bytecodes } = build
  const deployer = accountOf(`deployer of ${system}`)
  const registry = await chain.deploy(deployer, bytecodes['SchemaRegistry'] as Hex)
  const argument = encodeAbiParameters([{ type: 'address' }], [registry])
  const address = await chain.deploy(deployer, concat([bytecodes['EAS'] as Hex, argument]))
  const { domain } = await chain.client.getEip712Domain({ address })
  const { name, version, chainId, verifyingContract } = domain
  const { schema, receipt } = await registerSchema(chain, registry)
  const service = { chain, address, schema, domain: { name, version, chainId, verifyingContract } }
  const rows: Row[] = [
    ...(await keyRows(service, system)),
    ...(await signatureRows(service, system)),
    { operation: operations.schema, system, gasUsed: sumOf(receipt), note: 'SchemaRegistry.register' },
    ...(await attestationRows(service, system)),
    ...(await timestampRows(service, system)),
  ]
  const sizes = { EAS: address, SchemaRegistry: registry }
  const builds = Object.entries(sizes).map(async ([contract, place]) => ({
    ...{ system, contract, compiler, settings },
    runtimeBytes: await chain.runtimeBytes(place),
  }))
  return { builds: await Promise.all(builds), rows }
}
