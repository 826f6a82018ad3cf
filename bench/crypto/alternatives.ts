/** What the two sides of this benchmark, Herald and its peers, offer to be measured. */

import type { CryptoBackend } from '../../src/crypto/backend.ts'

/** A way to protect a message of 1 KiB between two parties. */
export interface MessageProtocol {
  readonly name: string
  /** What it gives beyond secrecy and integrity of the content. */
  readonly gives: readonly string[]
  /** What it leaves out of what Herald's sealed message gives. */
  readonly lacks: readonly string[]
  /** Bytes that travel beyond the content. */
  readonly overheadBytes: number
  /** Signs and encrypts one message. */
  seal(): unknown
  /** Decrypts and verifies one message, not the same one twice in a row. */
  open(): unknown
}

/** The primitives that are compared. Content is 1 KiB, keys are held the way the library likes them. */
export const primitiveNames = [
  'x25519 key generation',
  'x25519 with a new peer key',
  'ed25519 sign',
  'ed25519 verify',
  'aes-256-gcm seal',
  'aes-256-gcm open',
  'chacha20-poly1305 seal',
  'chacha20-poly1305 open',
  'sha256',
  'hkdf-sha256 to 32 bytes',
  'ml-kem-768 encapsulate',
  'ml-kem-768 decapsulate',
  'x-wing encapsulate',
  'x-wing decapsulate',
] as const
/** One of them. */
export type PrimitiveName = (typeof primitiveNames)[number]

/** A library with the primitives that it has. */
export interface PrimitiveProvider {
  readonly name: string
  readonly operations: Partial<Readonly<Record<PrimitiveName, () => unknown>>>
}

/** A codec for the envelope. */
export interface EnvelopeCodec {
  readonly name: string
  /** What it checks, and in which form it gives identifiers. */
  readonly note: string
  encode(): unknown
  decode(): unknown
}

/** What an envelope is made of, for codecs that are not Herald's own. Identifiers are bytes. */
export interface EnvelopeFields {
  readonly suite: number
  readonly mailbox: Uint8Array
  readonly recipientCard: Uint8Array
  readonly messageId: Uint8Array
  readonly priority: number
  readonly expires: number
  readonly enc: Uint8Array
  readonly ciphertext: Uint8Array
}

/** What the package of peers exports. */
export interface Peers {
  messageProtocols(content: Uint8Array): Promise<MessageProtocol[]>
  primitiveProviders(content: Uint8Array): Promise<PrimitiveProvider[]>
  envelopeCodecs(fields: EnvelopeFields): EnvelopeCodec[]
  /** Herald's node backend, with the curves of sodium-native. */
  readonly sodiumCurves: CryptoBackend
  /** Package name → installed version. */
  versions(): Readonly<Record<string, string>>
}
