/**
 * AES-256-GCM by WebCrypto, which every browser has: for bodies that take noble milliseconds. It answers later, so the
 * interface of backends has it beside its own (`CryptoBackend.largeBodies`).
 */
import type { LargeBodyCipher } from './backend.ts'
import { assertAeadLengths, tagBytes } from './lengths.ts'

const keyBytes = 32

type Bytes = Uint8Array<ArrayBuffer>

function parametersOf(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce as Bytes, additionalData: aad as Bytes }
}

function createWebCipher(subtle: SubtleCrypto): LargeBodyCipher {
  /** Takes a copy at once: the caller wipes its key as soon as the call has returned. */
  async function importKey(key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
    const copy = key.slice()
    try {
      return await subtle.importKey('raw', copy, 'AES-GCM', false, [usage])
    } finally {
      copy.fill(0)
    }
  }

  return {
    async seal(key, nonce, aad, plaintext) {
      assertAeadLengths(key, keyBytes, nonce)
      const imported = await importKey(key, 'encrypt')
      return new Uint8Array(await subtle.encrypt(parametersOf(nonce, aad), imported, plaintext as Bytes))
    },
    async open(key, nonce, aad, ciphertext) {
      assertAeadLengths(key, keyBytes, nonce)
      if (ciphertext.length < tagBytes) return undefined
      const imported = await importKey(key, 'decrypt')
      try {
        return new Uint8Array(await subtle.decrypt(parametersOf(nonce, aad), imported, ciphertext as Bytes))
      } catch (error) {
        // W3C WebCrypto, AES-GCM "Decrypt", step 8: the tag does not fit.
        if (error instanceof Error && error.name === 'OperationError') return undefined
        throw error
      }
    },
  }
}

const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined

/** The cipher; nothing where a page has no WebCrypto, as one that came by plain HTTP. */
export const webCipher: LargeBodyCipher | undefined = subtle && createWebCipher(subtle)
