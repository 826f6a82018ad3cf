/** Between node:crypto's Buffers and the plain byte arrays of everything above. */

/** A Buffer of memory of its own, seen as a Uint8Array of its own class, so that nothing above depends on Buffer. */
export function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
