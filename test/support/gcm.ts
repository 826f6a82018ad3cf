/**
 * AES-256-GCM (NIST SP 800-38D) taken apart, slow and readable: enough to make one ciphertext and tag that open under two
 * keys. GHASH is linear, so the tag under a second key can be chosen by solving for 128 bits of additional data ("invisible
 * salamanders", Dodis, Grubbs, Ristenpart and Woodage, CRYPTO 2018).
 */
import { createCipheriv } from 'node:crypto'
import { concatBytes } from '../../src/core/bytes.ts'

/** A key with its one nonce, 32 and 12 bytes. */
export interface GcmContext {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
}

const blockBytes = 16
const reduction = 0xe1n << 120n

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return Uint8Array.from(Buffer.concat([cipher.update(block), cipher.final()]))
}

function counterBlock(nonce: Uint8Array, counter: number): Uint8Array {
  const block = new Uint8Array(blockBytes)
  block.set(nonce)
  new DataView(block.buffer).setUint32(12, counter)
  return block
}

const numberOf = (block: Uint8Array): bigint => BigInt(`0x${Buffer.from(block).toString('hex')}`)

/** SP 800-38D §6.3: the product in GF(2^128), most significant bit first. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n
  let factor = b
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor
    factor = factor & 1n ? (factor >> 1n) ^ reduction : factor >> 1n
  }
  return product
}

/** The bytes that plaintext is combined with. */
export function keyStream({ key, nonce }: GcmContext, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / blockBytes) }, (_, i) =>
    encryptBlock(key, counterBlock(nonce, i + 2)),
  )
  return concatBytes(...blocks).subarray(0, length)
}

function paddedBlocks(bytes: Uint8Array): bigint[] {
  const count = Math.ceil(bytes.length / blockBytes)
  const padded = concatBytes(bytes, new Uint8Array(count * blockBytes - bytes.length))
  return Array.from({ length: count }, (_, i) => numberOf(padded.subarray(i * blockBytes, (i + 1) * blockBytes)))
}

/** The tag, as a number: GHASH of additional data, ciphertext and their lengths, masked by the first counter block. */
export function gcmTag({ key, nonce }: GcmContext, aad: Uint8Array, ciphertext: Uint8Array): bigint {
  const hashKey = numberOf(encryptBlock(key, new Uint8Array(blockBytes)))
  const lengths = (BigInt(aad.length * 8) << 64n) | BigInt(ciphertext.length * 8)
  const blocks = [...paddedBlocks(aad), ...paddedBlocks(ciphertext), lengths]
  const hash = blocks.reduce((state, block) => multiply(state ^ block, hashKey), 0n)
  return hash ^ numberOf(encryptBlock(key, counterBlock(nonce, 1)))
}

/** A combination of the columns that sums to a target over GF(2), as a bit for each column; nothing if there is none. */
function solve(columns: readonly bigint[], target: bigint): bigint | undefined {
  /** By leading bit: a reduced sum, and which columns are in it. */
  const pivots = new Map<number, readonly [sum: bigint, of: bigint]>()
  const reduce = (value: bigint, of: bigint): readonly [bigint, bigint] => {
    let [sum, combination] = [value, of]
    for (let pivot = pivots.get(leadingBit(sum)); sum !== 0n && pivot; pivot = pivots.get(leadingBit(sum))) {
      sum ^= pivot[0]
      combination ^= pivot[1]
    }
    return [sum, combination]
  }
  for (const [place, column] of columns.entries()) {
    const [sum, of] = reduce(column, 1n << BigInt(place))
    if (sum !== 0n) pivots.set(leadingBit(sum), [sum, of])
  }
  const [rest, of] = reduce(target, 0n)
  return rest === 0n ? of : undefined
}

const leadingBit = (value: bigint): number => value.toString(2).length

/**
 * Changes 16 bytes of the additional data so that a ciphertext has a given tag under this key.
 *
 * @param at where the 16 free bytes stand
 * @returns the additional data; nothing for a key under which there is no solution (about three in ten)
 */
export function aadForTag(
  context: GcmContext,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: bigint,
  at: number,
): Uint8Array | undefined {
  const blank = aad.slice()
  blank.fill(0, at, at + blockBytes)
  const base = gcmTag(context, blank, ciphertext)
  const columns = Array.from({ length: 128 }, (_, bit) => {
    const one = blank.slice()
    one[at + (bit >> 3)]! |= 0x80 >> (bit & 7)
    return gcmTag(context, one, ciphertext) ^ base
  })
  const solution = solve(columns, tag ^ base)
  if (solution === undefined) return undefined
  for (let bit = 0; bit < 128; bit++) if ((solution >> BigInt(bit)) & 1n) blank[at + (bit >> 3)]! |= 0x80 >> (bit & 7)
  return blank
}
