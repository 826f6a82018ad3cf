/**
 * Padmé padding ("Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019, §4):
 * a length leaks at most O(log log length) bits, for at most 12 % more bytes.
 */

/** The padded length of a plaintext. @param length in bytes, 0 to 2^31 - 1 */
export function padmeLength(length: number): number {
  if (length < 2) return length
  const exponent = 31 - Math.clz32(length)
  const mantissaBits = 32 - Math.clz32(exponent)
  const maskBits = Math.max(0, exponent - mantissaBits)
  const mask = 2 ** maskBits - 1
  return Math.ceil(length / (mask + 1)) * (mask + 1)
}
