/** Accounts with code, written in EVM instructions: what they answer to `isValidSignature`, and what they do before. */

import { concat, dataLength, getAddress, toBeHex } from 'ethers'
import { networkHelpers } from './deploy.ts'

/** ERC-1271's answer for yes, as a word in memory, then returned. */
const sayYes = '0x631626ba7e60e01b5f5260205ff3'

export const walletCode = {
  /** Says yes to everything. */
  yes: sayYes,
  /** Says no. */
  no: '0x5f5f5260205ff3',
  /** Answers with four bytes rather than a word. */
  short: '0x631626ba7e60e01b5f5260045ff3',
  /** Says yes, with ones behind the four bytes of it. */
  untidy: '0x631626ba7eff60d81b5f5260205ff3',
  /** Reverts with the answer for yes. */
  reverting: '0x631626ba7e60e01b5f5260205ffd',
  /** Has no function at all, like the delegate of an account that signs by key: it stops. */
  silent: '0x00',
  /** Never ends. */
  burning: '0x5b5f56',
  /** Answers with 32 KiB of zeros. */
  lengthy: '0x6180005ff3',
} as const

/** A wallet that calls a contract before it says yes, and never mind what became of the call. */
export function callingWallet(target: string, data: string): string {
  const size = toBeHex(dataLength(data), 2)
  const call = concat(['0x5f5f61', size, '0x5f5f73', target, '0x5af150', sayYes])
  // codecopy(0, where the data begins, size); the copying takes 8 bytes itself
  const copy = concat(['0x61', size, '0x61', toBeHex(dataLength(call) + 8, 2), '0x5f39'])
  return concat([copy, call, data])
}

/**
 * Hands many calls to one contract, since a call from outside costs more than a hundred from inside. Takes the contract as
 * a word, then for each call its length as a word and its data; answers a word for each: the first of what the call
 * answered, and something else than 0 or 1 when it failed.
 */
export const callMany = concat([
  '0x60205f5b', // in = 32, out = 0; again:
  '0x813611600c575ff3', // if (in >= calldatasize) return memory[0, out]
  '0x5b90803590602001', // length = calldata[in]; in += 32
  '0x81816180003781019091', // copy the call behind what is answered; in += length
  '0x602081846180005f355afa', // ok = staticcall(calldata[0], the call, memory[out, out + 32])
  '0x1560011b8151018152', // memory[out] += 2 * !ok
  '0x602001915090600356', // out += 32; go on
])

let places = 0

/** Puts code at a fresh address, or at a given one. */
export async function placeCode(code: string, address?: string): Promise<string> {
  places += 1
  const place = address ?? getAddress(toBeHex(0xc0de_0000n + BigInt(places), 20))
  await networkHelpers.setCode(place, code)
  return place
}
