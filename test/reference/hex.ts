/** Hexadecimal text as src/core/bytes.ts reads and writes it: digit by digit, slow, readable. */

/** `0x` and two lower-case digits a byte. */
export function referenceToHex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** The bytes of `0x`-prefixed digits of either case; nothing when the text is anything else. */
export function referenceFromHex(text: string): Uint8Array | undefined {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text) || text.endsWith('\n')) return undefined
  return Uint8Array.from(text.slice(2).match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}
