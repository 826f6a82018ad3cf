/** Hands out given bytes in place of random ones, in the order in which they are drawn. */
export function drawing(bytes: Uint8Array): (length: number) => Uint8Array {
  let offset = 0
  return (length) => {
    offset += length
    return bytes.slice(offset - length, offset)
  }
}
