/**
 * Blinded commitments (SPEC §5.2, §6.1). One 64-byte random opening stands behind a message; each commitment uses its
 * own part of it, so that one can be opened without the others. Without its part a commitment says nothing, and once
 * the opening is erased nothing links it to a person.
 */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'

/** What a part of an opening is for. */
export type OpeningPurpose = 'content' | 'binding' | 'anchor'

const partLabels: Readonly<Record<OpeningPurpose, Uint8Array>> = {
  content: utf8('herald/v1 opening content'),
  binding: utf8('herald/v1 opening binding'),
  anchor: utf8('herald/v1 opening anchor'),
}
const contentLabel = utf8('herald/v1 content')
const bindingLabel = utf8('herald/v1 binding')
const leafLabel = utf8('herald/v1 leaf')
const leafPrefix = Uint8Array.of(0x00)

/** The part of an opening that opens one commitment: SHA-512 over its label and the opening, 64 bytes. */
export function openingPart(
  backend: Pick<CryptoBackend, 'sha512'>,
  purpose: OpeningPurpose,
  opening: Uint8Array,
): Uint8Array {
  return backend.sha512(concatBytes(partLabels[purpose], opening))
}

/** Commits to what was said. @param part 64 bytes @param preimage `encodeContent` of wire @returns 32 bytes */
export function contentCommitment(
  backend: Pick<CryptoBackend, 'sha256'>,
  part: Uint8Array,
  preimage: Uint8Array,
): Uint8Array {
  return backend.sha256(concatBytes(contentLabel, part, backend.sha256(preimage)))
}

/** Commits to where it went. @param part 64 bytes @param preimage `encodeBinding` of wire @returns 32 bytes */
export function bindingCommitment(
  backend: Pick<CryptoBackend, 'sha256'>,
  part: Uint8Array,
  preimage: Uint8Array,
): Uint8Array {
  return backend.sha256(concatBytes(bindingLabel, part, backend.sha256(preimage)))
}

/**
 * The Merkle leaf of a signed statement (SPEC §6.1): keccak256(0x00 ‖ keccak256(label ‖ part ‖ statement ‖ signature)).
 *
 * @param part 64 bytes
 * @param statement 132 bytes
 * @param signature 64 bytes
 * @returns 32 bytes
 */
export function anchorLeaf(
  backend: Pick<CryptoBackend, 'keccak256'>,
  part: Uint8Array,
  statement: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  const entry = backend.keccak256(concatBytes(leafLabel, part, statement, signature))
  return backend.keccak256(concatBytes(leafPrefix, entry))
}
