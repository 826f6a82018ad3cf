/** Deployed contracts with typed methods, and cards to feed them. */

import type { BaseContract, BaseContractMethod, ContractRunner, ContractTransactionResponse } from 'ethers'
import { concat, dataSlice, keccak256, toBeHex, toUtf8Bytes, ZeroHash } from 'ethers'
import { network } from 'hardhat'

export const { ethers, networkHelpers } = await network.create()

/** Block time of the first transaction after deployment; the tests count seconds from it. */
export const start = 2_000_000_000

type Read<Args extends unknown[], Result> = BaseContractMethod<Args, Result, Result>
type Write<Args extends unknown[]> = BaseContractMethod<Args, unknown, ContractTransactionResponse>

/** A card's record, as ethers decodes it. */
export interface RecordView {
  readonly validFrom: bigint
  readonly validUntil: bigint
  readonly revokedAt: bigint
  readonly compromisedSince: bigint
  readonly epoch: bigint
  readonly suite: bigint
  readonly reason: bigint
  readonly hint: bigint
}

/** A signed publication, as `publishForMany` takes it. */
export interface Publication {
  readonly agent: string
  readonly card: string
  readonly previous: string
  readonly previousValidUntil: number
  readonly deadline: number
  readonly signature: string
}

/** Who acts for an agent, as ethers decodes it. */
export interface ControlView {
  readonly controller: string
  readonly candidate: string
  readonly guardian: string
  readonly recoveryCandidate: string
  readonly recoverableAt: bigint
}

/** The EIP-712 domain, as ethers decodes it. */
export interface DomainView {
  readonly fields: string
  readonly name: string
  readonly version: string
  readonly chainId: bigint
  readonly verifyingContract: string
  readonly salt: string
  readonly extensions: readonly bigint[]
}

type PublishForArgs = [
  agent: string,
  card: string,
  previous: string,
  until: number,
  deadline: number,
  signature: string,
]
type RevokeForArgs = [agent: string, cardId: string, reason: number, since: number, deadline: number, signature: string]

export interface AgentRegistry extends BaseContract {
  connect(runner: ContractRunner): AgentRegistry
  publishFor: Write<PublishForArgs>
  publishForMany: Write<[publications: readonly Publication[]]>
  revokeFor: Write<RevokeForArgs>
  proposeController: Write<[agent: string, candidate: string]>
  acceptControl: Write<[agent: string]>
  setGuardian: Write<[agent: string, guardian: string]>
  startRecovery: Write<[agent: string, candidate: string]>
  vetoRecovery: Write<[agent: string]>
  finishRecovery: Write<[agent: string]>
  controllerOf: Read<[agent: string], string>
  control: Read<[agent: string], ControlView>
  recoveryDelay: Read<[], bigint>
  eip712Domain: Read<[], DomainView>
  supportsInterface: Read<[interfaceId: string], boolean>
  isErc8004Wallet: Read<[identityRegistry: string, erc8004Id: number, agent: string], boolean>
  publish: Write<[agent: string, card: string, previous: string, previousValidUntil: number]>
  revoke: Write<[agent: string, cardId: string, reason: number, compromisedSince: number]>
  current: Read<[agent: string], { cardId: string; cardRecord: RecordView }>
  record: Read<[agent: string, cardId: string], RecordView>
  statusAt: Read<[agent: string, cardId: string, time: number, asOf: number], bigint>
}

type VerifyArgs = [
  anchorer: string,
  root: string,
  size: bigint | number,
  index: bigint | number,
  leaf: string,
  path: readonly string[],
]

export interface MessageAnchor extends BaseContract {
  connect(runner: ContractRunner): MessageAnchor
  anchor: Write<[root: string, size: bigint | number]>
  anchorMany: Write<[trees: readonly { root: string; size: number }[]]>
  anchorStored: Write<[root: string, size: bigint | number]>
  tombstone: Write<[root: string, index: number]>
  storedAnchor: Read<[anchorer: string, root: string], { anchoredAt: bigint; size: bigint }>
  verify: Read<VerifyArgs, boolean>
  supportsInterface: Read<[interfaceId: string], boolean>
}

export const noCard = ZeroHash

export const CardStatus = {
  Unknown: 0n,
  NotYetValid: 1n,
  Valid: 2n,
  Expired: 3n,
  Revoked: 4n,
  Compromised: 5n,
} as const

export const Reason = { Unspecified: 0, KeyCompromise: 1, Superseded: 2, CessationOfOperation: 3 } as const

/** An account of the simulated chain. */
export type Signer = Awaited<ReturnType<typeof ethers.getSigners>>[number]

interface KeptState {
  readonly fixture: () => Promise<unknown>
  readonly restore: () => Promise<void>
  readonly data: unknown
}

/** The states that can be gone back to, oldest first. */
const kept: KeptState[] = []

/**
 * Brings the chain into the state that a fixture makes, by running it once and going back to it later. Fixtures may load
 * others; the helper of the same name in Hardhat's network helpers keeps states that a nested call has made void.
 */
export async function loadFixture<T>(fixture: () => Promise<T>): Promise<T> {
  const place = kept.findIndex((state) => state.fixture === fixture)
  const state = kept[place]
  if (state !== undefined) {
    await state.restore()
    kept.length = place + 1
    return state.data as T
  }
  const data = await fixture()
  const { restore } = await networkHelpers.takeSnapshot()
  kept.push({ fixture, restore, data })
  return data
}

/** The chain before its first transaction. Every fixture goes back to it, so that the clock does too. */
async function genesis(): Promise<void> {}

/** A registry nobody has used yet, and accounts. */
export async function deployRegistry() {
  await loadFixture(genesis)
  const signers = await ethers.getSigners()
  const [agent, other, stranger, guardian, relayer] = signers as [Signer, Signer, Signer, Signer, Signer]
  const registry = (await ethers.deployContract('AgentRegistry', agent)) as unknown as AgentRegistry
  return { registry, agent, other, stranger, guardian, relayer }
}

/** An anchor contract, and two accounts. */
export async function deployAnchor() {
  await loadFixture(genesis)
  const [anchorer, other] = await ethers.getSigners()
  if (anchorer === undefined || other === undefined) throw new Error('too few accounts')
  const anchor = (await ethers.deployContract('MessageAnchor', anchorer)) as unknown as MessageAnchor
  return { anchor, anchorer, other }
}

/** The next transaction is mined `seconds` after {@link start}. */
export async function at(seconds: number): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(start + seconds)
}

/** A card of `length` bytes: version 1, type 1, the suite, then bytes without zeros drawn from the name. */
export function makeCard(name: string, { length = 64, suite = 0x647a }: { length?: number; suite?: number } = {}) {
  const header = concat(['0x0101', toBeHex(suite, 2)])
  const body: string[] = []
  for (let index = 0; index * 32 < length; index++) {
    body.push(keccak256(toUtf8Bytes(`${name} ${index}`)).replaceAll('00', '01'))
  }
  const card = dataSlice(concat([header, ...body]), 0, length)
  return { card, cardId: keccak256(card) }
}

/** Mines the transaction and returns its receipt. */
export async function mined(sent: Promise<ContractTransactionResponse>) {
  const receipt = await (await sent).wait()
  if (receipt === null) throw new Error('the transaction was not mined')
  return receipt
}
