/**
 * Public test vectors are kept outside the project (test/vectors/README.md). Where they are absent the tests that need
 * them are pending, and say how many.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env['HERALD_VECTORS'] ?? join(import.meta.dirname, '../../../shared/vectors')

/** One test of an AEAD, as Wycheproof has it; bytes in hexadecimal. */
export interface AeadVector {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

/** Parses a vector file; nothing when the folder of public vectors is not there. */
export function publicVectors<Vectors>(file: string): Vectors | undefined {
  const path = join(folder, file)
  if (!existsSync(path)) {
    console.log(`    public vectors ${file} are absent: their tests are pending (test/vectors/README.md)`)
    return undefined
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors
}

/**
 * The vectors, for a test that needs them. Reason for leaving it pending where there are none: they are other people's files,
 * kept outside the project, so that a clone alone has none; `publicVectors` has said so in the output.
 */
export function needed<Vectors>(test: Mocha.Context, vectors: Vectors | undefined): Vectors {
  return vectors ?? test.skip()
}

/** Bytes of plain hexadecimal, as vector files have it. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
