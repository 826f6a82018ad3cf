/** Reads a proof file from disk, and no more of it than a proof may have. */
import { createReadStream } from 'node:fs'
import { concatBytes } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import { maxProofBytes } from '../core/limits.ts'
import { TooLargeError } from '../wire/errors.ts'

/** The proof file is not there, or cannot be read. */
export class ProofFileError extends HeraldError<{ path: string; reason: string }> {
  constructor(facts: { path: string; reason: string }) {
    super({
      name: 'Cli.ProofFileError',
      code: 'cli.proof_file',
      retry: 'never',
      message: `cannot read ${facts.path}: ${facts.reason}`,
      facts,
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

/**
 * The bytes of a proof file.
 *
 * @throws ProofFileError, or TooLargeError above 4 MiB
 */
export async function readProofFile(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of createReadStream(path)) {
      length += chunk.length
      // Read to here and no further: a pipe or device has no size to ask for first.
      if (length > maxProofBytes) throw new TooLargeError({ structure: 'proof', length, limit: maxProofBytes })
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof HeraldError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new ProofFileError({ path, reason: reasons[code] ?? code })
  }
  return concatBytes(...chunks)
}
