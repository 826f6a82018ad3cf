/**
 * Block headers as an endpoint tells them, believed only as far as they hash to their block's hash: the hash is
 * recomputed from the fields (SPEC §7.5), so that a state root cannot be swapped under a block that others know.
 */
import { keccak256, numberToHex, toRlp } from 'viem'
import type { Hex } from '../core/bytes.ts'
import type { Seconds } from '../core/ids.ts'
import { MalformedAnswerError } from './errors.ts'
import { ProofInvalidError } from './proof-errors.ts'

/** What is used of a header. */
export interface BlockHeader {
  readonly number: bigint
  /** keccak256 of the header, 32 bytes. */
  readonly hash: Hex
  /** Root of the trie of accounts after this block, 32 bytes. */
  readonly stateRoot: Hex
  readonly timestamp: Seconds
}

/** An endpoint's answer to `eth_getBlockByNumber`. */
export interface HeaderAnswer {
  readonly endpoint: string
  readonly raw: unknown
  /** The number asked for; none when the newest block was. */
  readonly number: bigint | undefined
}

/** `number`: length in bytes of a field of fixed size. */
type FieldKind = number | 'quantity' | 'bytes'

/** In the order in which they are hashed. */
const firstFields: readonly (readonly [string, FieldKind])[] = [
  ['parentHash', 32],
  ['sha3Uncles', 32],
  ['miner', 20],
  ['stateRoot', 32],
  ['transactionsRoot', 32],
  ['receiptsRoot', 32],
  ['logsBloom', 256],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'bytes'],
  ['mixHash', 32],
  ['nonce', 8],
]

/** Added by later forks, each only where all before it are: EIP-1559, 4895, 4844 (two), 4788, 7685, 7928, 7843. */
const laterFields: readonly (readonly [string, FieldKind])[] = [
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 32],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 32],
  ['requestsHash', 32],
  ['blockAccessListHash', 32],
  ['slotNumber', 'quantity'],
]

const maxFieldDigits = 131_072

function isHexOf(text: unknown, kind: FieldKind): text is Hex {
  if (typeof text !== 'string' || text.length > maxFieldDigits || !/^0x[0-9a-f]*$/i.test(text)) return false
  if (kind === 'quantity') return text.length > 2 && text.length <= 66
  return kind === 'bytes' ? text.length % 2 === 0 : text.length === 2 + 2 * kind
}

/** A field as RLP takes it: quantities without leading zeros, zero as nothing. */
function rlpField(text: Hex, kind: FieldKind): Hex {
  if (kind !== 'quantity') return text
  const value = BigInt(text)
  if (value === 0n) return '0x'
  const digits = value.toString(16)
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
}

/**
 * Reads a header and recomputes its hash.
 *
 * @throws MalformedAnswerError when it is no header, ProofInvalidError when it is not of its own hash or of another block
 */
export function readBlockHeader({ endpoint, raw, number }: HeaderAnswer): BlockHeader {
  const block = (typeof raw === 'object' && raw !== null ? raw : {}) as Readonly<Record<string, unknown>>
  const read = (name: string, kind: FieldKind): Hex => {
    const text = block[name]
    if (!isHexOf(text, kind)) throw new MalformedAnswerError({ endpoint, method: 'eth_getBlockByNumber' })
    return text
  }
  const missing = laterFields.findIndex(([name]) => block[name] === undefined || block[name] === null)
  const present = [...firstFields, ...laterFields.slice(0, missing < 0 ? undefined : missing)]
  const hash = keccak256(toRlp(present.map(([name, kind]) => rlpField(read(name, kind), kind))))
  const header: BlockHeader = {
    number: BigInt(read('number', 'quantity')),
    hash,
    stateRoot: read('stateRoot', 32).toLowerCase() as Hex,
    timestamp: Number(BigInt(read('timestamp', 'quantity'))),
  }
  const blockNumber = Number(number ?? header.number)
  if (read('hash', 32).toLowerCase() !== hash)
    throw new ProofInvalidError({ endpoint, blockNumber, part: 'block_hash' })
  if (number !== undefined && header.number !== number)
    throw new ProofInvalidError({ endpoint, blockNumber, part: 'block_number' })
  return header
}

/** A block's number as JSON-RPC takes it. */
export function blockTag(number: bigint): Hex {
  return numberToHex(number)
}
