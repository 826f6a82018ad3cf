/** Padmé as the paper writes it (PoPETs 2019, algorithm 1), by exact logarithms: slow, readable. */

/** The padded length. */
export function padmeByThePaper(length: number): number {
  if (length < 2) return length
  let exponent = 0
  while (2 ** (exponent + 1) <= length) exponent += 1
  let mantissaBits = 0
  while (2 ** mantissaBits <= exponent) mantissaBits += 1
  const step = 2 ** Math.max(0, exponent - mantissaBits)
  return Math.ceil(length / step) * step
}
