/**
 * Storage proofs (EIP-1186, SPEC §7.5): an endpoint's answer to `eth_getProof`, held against the state root of a block.
 * Trie nodes are looked up by their hash from the root down, so nothing but what the root commits to is ever read. The
 * tries are walked by `@ethereumjs/mpt`, an optional peer of the package that is loaded when the first reader is made.
 */
import { fromRlp, keccak256 } from 'viem'
import { fromHex, type Hex, toHex } from '../core/bytes.ts'
import type { Address } from '../core/ids.ts'
import type { BlockHeader } from './block-header.ts'
import { MalformedAnswerError } from './errors.ts'
import { ProofInvalidError, ProofLibraryMissingError, type ProofPart } from './proof-errors.ts'

/** Finds the value of a key in a trie of which only the nodes on the way are known; throws when one is missing. */
export type TrieLookUp = (key: Uint8Array, nodes: Uint8Array[], root: Uint8Array) => Promise<Uint8Array | null>

/** What is asked about, and of whom. */
export interface StorageQuestion {
  readonly endpoint: string
  readonly contract: Address
  /** Storage slots, 32 bytes each. */
  readonly slots: readonly Hex[]
  readonly block: BlockHeader
}

interface RawStorageProof {
  readonly key: Hex
  readonly value: Hex
  readonly proof: readonly Hex[]
}

interface RawProof {
  readonly address: Hex
  readonly balance: Hex
  readonly nonce: Hex
  readonly codeHash: Hex
  readonly storageHash: Hex
  readonly accountProof: readonly Hex[]
  readonly storageProof: readonly RawStorageProof[]
}

const library = '@ethereumjs/mpt'

/** The root of a trie with nothing in it, and the hash of no code. */
const emptyRoot = keccak256('0x80')
const emptyCode = keccak256('0x')

/** The path to a key of 32 bytes has at most 64 nodes and a leaf; a full branch has 532 bytes. */
const maxNodes = 65
const maxNodeBytes = 1024

/** Loads the library that walks tries. @throws ProofLibraryMissingError when it is not installed */
export async function loadTrieLookUp(): Promise<TrieLookUp> {
  try {
    const { verifyMerkleProof } = await import('@ethereumjs/mpt')
    return (key, nodes, root) => verifyMerkleProof(key, nodes, { root, useKeyHashing: true })
  } catch (cause) {
    throw new ProofLibraryMissingError({ library }, cause)
  }
}

function isHex(value: unknown, maxBytes: number): value is Hex {
  return typeof value === 'string' && value.length <= 2 + 2 * maxBytes && /^0x[0-9a-f]*$/i.test(value)
}

function isQuantity(value: unknown): value is Hex {
  return isHex(value, 32) && value.length > 2
}

function isNodeList(value: unknown): value is readonly Hex[] {
  return Array.isArray(value) && value.length <= maxNodes && value.every((node) => isHex(node, maxNodeBytes))
}

function isStorageProof(value: unknown): value is RawStorageProof {
  const { key, value: word, proof } = (value ?? {}) as Partial<RawStorageProof>
  return isQuantity(key) && isQuantity(word) && isNodeList(proof)
}

function isProof(raw: unknown, slots: number): raw is RawProof {
  const { address, accountProof, storageProof, ...account } = (raw ?? {}) as Partial<RawProof>
  const { balance, nonce, codeHash, storageHash } = account
  if (!isHex(address, 20) || ![balance, nonce, codeHash, storageHash].every(isQuantity)) return false
  if (!isNodeList(accountProof) || !Array.isArray(storageProof)) return false
  return storageProof.length === slots && storageProof.every(isStorageProof)
}

/** An answer in the making: which part of it is looked at, so that the error names it. */
class Inspection {
  readonly #lookUp: TrieLookUp
  readonly #question: StorageQuestion

  constructor(lookUp: TrieLookUp, question: StorageQuestion) {
    this.#lookUp = lookUp
    this.#question = question
  }

  demand(part: ProofPart, holds: boolean, cause?: unknown): asserts holds {
    const { endpoint, block } = this.#question
    if (!holds) throw new ProofInvalidError({ endpoint, blockNumber: Number(block.number), part }, cause)
  }

  /** The value of a key under a root, or nothing where the root commits to there being none. */
  async value(part: ProofPart, root: Hex, key: Hex, nodes: readonly Hex[]): Promise<Hex | undefined> {
    if (root === emptyRoot) return undefined
    // The library takes an empty list for a proof that starts at any root.
    this.demand(part, nodes.length > 0)
    try {
      const found = await this.#lookUp(
        fromHex(key),
        nodes.map((node) => fromHex(node)),
        fromHex(root),
      )
      return found === null ? undefined : toHex(found)
    } catch (cause) {
      return this.demand(part, false, cause) as never
    }
  }
}

/** RLP's integers have no leading zeros, and zero no digits. */
function integerOf(digits: Hex): bigint {
  return BigInt(`0x0${digits.slice(2)}`)
}

/** An account's storage root, its claimed fields held against the proven ones; nothing where there is no contract. */
function storageRootOf(inspection: Inspection, raw: RawProof, contract: Address, account: Hex): Hex | undefined {
  const decoded = fromRlp(account, 'hex')
  const fields = typeof decoded === 'string' ? [] : decoded.filter((field) => typeof field === 'string')
  const claimed = [raw.nonce, raw.balance, raw.storageHash, raw.codeHash]
  const isAsClaimed = claimed.every((claim, place) => BigInt(claim) === integerOf(fields[place] ?? '0x'))
  const isOfContract = raw.address.toLowerCase() === contract
  inspection.demand('account_value', fields.length === 4 && isAsClaimed && isOfContract)
  const [, , storageRoot, codeHash] = fields
  return codeHash === emptyCode ? undefined : storageRoot
}

/**
 * Trust decision: these are the words in the contract's slots after the block, whoever says so. Nothing when it is
 * proven that no contract stands there.
 *
 * @param raw the endpoint's answer to `eth_getProof`
 * @throws ProofInvalidError, or MalformedAnswerError when the answer is no proof
 */
export async function proveStorage(
  lookUp: TrieLookUp,
  question: StorageQuestion,
  raw: unknown,
): Promise<readonly bigint[] | undefined> {
  const { endpoint, contract, slots, block } = question
  if (!isProof(raw, slots.length)) throw new MalformedAnswerError({ endpoint, method: 'eth_getProof' })
  const inspection: Inspection = new Inspection(lookUp, question)
  const account = await inspection.value('account_proof', block.stateRoot, contract, raw.accountProof)
  const storageRoot = account && storageRootOf(inspection, raw, contract, account)
  if (storageRoot === undefined) return undefined
  const words: bigint[] = []
  for (const [place, slot] of slots.entries()) {
    const { key, value, proof } = raw.storageProof[place] as RawStorageProof
    inspection.demand('storage_key', BigInt(key) === BigInt(slot))
    const proven = await inspection.value('storage_proof', storageRoot, slot, proof)
    const word = proven === undefined ? 0n : integerOf(fromRlp(proven, 'hex') as Hex)
    inspection.demand('storage_value', BigInt(value) === word)
    words.push(word)
  }
  return words
}
