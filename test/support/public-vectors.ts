/**
 * Public test vectors are kept outside the project (test/vectors/README.md). Where they are absent the tests that need
 * them are pending, and say how many.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env['HERALD_VECTORS'] ?? join(import.meta.dirname, '../../../shared/vectors')

/** Parses a vector file; nothing when the folder of public vectors is not there. */
export function publicVectors<Vectors>(file: string): Vectors | undefined {
  const path = join(folder, file)
  if (!existsSync(path)) {
    console.log(`    public vectors ${file} are absent: their tests are pending (test/vectors/README.md)`)
    return undefined
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors
}

/** Bytes of plain hexadecimal, as vector files have it. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
