/**
 * Blinded commitments (SPEC §5.2, §6.1). One 64-byte random opening stands behind a message; each commitment uses its
 * own part of it, so that one can be opened without the others. Without its part a commitment says nothing, and once
 * the opening is erased nothing links it to a person.
 */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'

/** What a part of an opening is for. */
export type OpeningPurpose = 'content' | 'binding' | 'anchor'

type Hash = (data: Uint8Array) => Uint8Array
/** Hashes label and fields, which have to have the lengths that were said. */
type LabelledHash = (hash: Hash, first: Uint8Array, second?: Uint8Array) => Uint8Array

/**
 * A hash over a label and fields of fixed length. Its input is one array that is kept, since a new one would cost more
 * than the hash; the fields in it are secret and wiped before anything else can run.
 *
 * @param length of all fields together, in bytes
 */
function labelledHash(label: Uint8Array, length: number): LabelledHash {
  const input = concatBytes(label, new Uint8Array(length))
  return (hash, first, second) => {
    if (first.length + (second?.length ?? 0) !== length)
      return hash(concatBytes(label, first, second ?? new Uint8Array(0)))
    input.set(first, label.length)
    if (second !== undefined) input.set(second, label.length + first.length)
    const digest = hash(input)
    input.fill(0, label.length)
    return digest
  }
}

const openingBytes = 64
const partBytes = 64
const digestBytes = 32

const partHashes: Readonly<Record<OpeningPurpose, LabelledHash>> = {
  content: labelledHash(utf8('herald/v1 opening content'), openingBytes),
  binding: labelledHash(utf8('herald/v1 opening binding'), openingBytes),
  anchor: labelledHash(utf8('herald/v1 opening anchor'), openingBytes),
}
const contentHash = labelledHash(utf8('herald/v1 content'), partBytes + digestBytes)
const bindingHash = labelledHash(utf8('herald/v1 binding'), partBytes + digestBytes)
const leafLabel = utf8('herald/v1 leaf')
const leafPrefix = Uint8Array.of(0x00)

/** The part of an opening that opens one commitment: SHA-512 over its label and the opening, 64 bytes. */
export function openingPart(
  backend: Pick<CryptoBackend, 'sha512'>,
  purpose: OpeningPurpose,
  opening: Uint8Array,
): Uint8Array {
  return partHashes[purpose](backend.sha512, opening)
}

/** Commits to what was said. @param part 64 bytes @param preimage `encodeContent` of wire @returns 32 bytes */
export function contentCommitment(
  backend: Pick<CryptoBackend, 'sha256'>,
  part: Uint8Array,
  preimage: Uint8Array,
): Uint8Array {
  return contentHash(backend.sha256, part, backend.sha256(preimage))
}

/** Commits to where it went. @param part 64 bytes @param preimage `encodeBinding` of wire @returns 32 bytes */
export function bindingCommitment(
  backend: Pick<CryptoBackend, 'sha256'>,
  part: Uint8Array,
  preimage: Uint8Array,
): Uint8Array {
  return bindingHash(backend.sha256, part, backend.sha256(preimage))
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
