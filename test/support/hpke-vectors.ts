/** Runs a published HPKE vector: key schedule, encryptions and exports, by both sides of a context. */
import { expect } from 'chai'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import {
  createRecipient,
  createSender,
  type HpkeRecipient,
  type HpkeSender,
  nonceAt,
} from '../../src/crypto/hpke-context.ts'
import { exporterSecret, messageKeys } from '../../src/crypto/hpke-key-schedule.ts'
import type { Schedule } from '../../src/crypto/hpke-setup.ts'
import {
  aes128Gcm,
  aes256Gcm,
  chaCha20Poly1305,
  exportOnly,
  type HpkeAead,
  type HpkeSuite,
} from '../../src/crypto/hpke-suite.ts'
import { hex } from './public-vectors.ts'

/** What RFC 9180 appendix A and the vectors of HPKE-PQ say of a context, in hexadecimal. */
export interface ContextVector {
  readonly key: string
  readonly base_nonce: string
  readonly exporter_secret: string
  readonly encryptions: readonly Encryption[]
  readonly exports: readonly Export[]
}

/** A message of a context. The HPKE-PQ vectors count them in order and leave the number out. */
export interface Encryption {
  readonly 'sequence number'?: string
  readonly nonce: string
  readonly aad: string
  readonly pt: string
  readonly ct: string
}

/** A secret of a context. */
export interface Export {
  readonly exporter_context: string
  readonly L: number | string
  readonly exported_value: string
}

/** The AEADs by their IANA number. */
export const aeadById: Readonly<Record<number, HpkeAead>> = Object.fromEntries(
  [aes128Gcm, aes256Gcm, chaCha20Poly1305, exportOnly].map((aead) => [aead.id, aead]),
)

/** How many encryptions and exports a vector held, for the printed counts. */
export interface VectorTotals {
  encryptions: number
  exports: number
}

/** Checks what the key schedule gives. */
export function checkSchedule(
  backend: CryptoBackend,
  suite: HpkeSuite,
  { secret, context }: Schedule,
  vector: ContextVector,
): void {
  expect(exporterSecret(backend, suite, secret, context)).to.deep.equal(hex(vector.exporter_secret))
  if (suite.aead === exportOnly) return
  const { key, baseNonce } = messageKeys(backend, suite, secret, context)
  expect(key).to.deep.equal(hex(vector.key))
  expect(baseNonce).to.deep.equal(hex(vector.base_nonce))
}

function checkEncryptions(
  sender: HpkeSender,
  recipient: HpkeRecipient,
  { encryptions, base_nonce }: ContextVector,
): void {
  const bySequence = new Map(encryptions.map((given, i) => [Number(given['sequence number'] ?? i), given]))
  const filler = Uint8Array.of(0)
  for (let sequence = 0; sequence <= Math.max(...bySequence.keys()); sequence++) {
    const given = bySequence.get(sequence)
    if (given === undefined) {
      recipient.open(filler, sender.seal(filler, filler))
      continue
    }
    const [aad, plaintext] = [hex(given.aad), hex(given.pt)]
    expect(nonceAt(hex(base_nonce), sequence)).to.deep.equal(hex(given.nonce))
    expect(sender.seal(aad, plaintext), `sequence number ${sequence}`).to.deep.equal(hex(given.ct))
    expect(recipient.open(aad, hex(given.ct)), `sequence number ${sequence}`).to.deep.equal(plaintext)
  }
}

/** Checks every message and export of a vector on contexts that are set up, and counts them. */
export function checkContexts(
  sender: HpkeSender,
  recipient: HpkeRecipient,
  vector: ContextVector,
  totals: VectorTotals,
): void {
  if (vector.encryptions.length > 0) checkEncryptions(sender, recipient, vector)
  for (const { exporter_context, L, exported_value } of vector.exports)
    for (const side of [sender, recipient])
      expect(side.export(hex(exporter_context), Number(L))).to.deep.equal(hex(exported_value))
  totals.encryptions += vector.encryptions.length
  totals.exports += vector.exports.length
}

/** Both sides of a context from a schedule, for a KEM whose encapsulation cannot be repeated. */
export function contextsOf(
  backend: CryptoBackend,
  suite: HpkeSuite,
  enc: Uint8Array,
  { secret, context }: Schedule,
): [HpkeSender, HpkeRecipient] {
  const sender = createSender(backend, suite, enc, Uint8Array.from(secret), context)
  return [sender, createRecipient(backend, suite, Uint8Array.from(secret), context)]
}
