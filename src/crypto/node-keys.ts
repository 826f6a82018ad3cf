/**
 * Keys of node:crypto. Each is imported once and held as a KeyObject, since importing costs as much as using one. OpenSSL
 * wipes the memory of a KeyObject when it is freed; JavaScript cannot do so earlier, only let go of it.
 */
import * as native from 'node:crypto'
import type { Secret } from '../core/secret.ts'
import { curveKeyBytes, mlKemPublicKeyBytes, mlKemSeedBytes, revealOf } from './lengths.ts'
import { createLru } from './lru.ts'
import { createSecretCache } from './secret-cache.ts'

/** Imports the private keys of one algorithm: from its PKCS#8 prefix and the secret. */
function privateKeys(prefix: Buffer, length: number): (secret: Secret) => native.KeyObject {
  const known = createSecretCache<native.KeyObject>(() => undefined)
  function load(secret: Secret): native.KeyObject {
    const der = Buffer.concat([prefix, revealOf(secret, length)])
    const key = native.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    der.fill(0)
    return key
  }
  return (secret) => known(secret, load)
}

// PKCS#8 (RFC 8410 §7; draft-ietf-lamps-kyber-certificates for the ML-KEM seed form) up to the key's bytes.

/** An Ed25519 seed of 32 bytes. */
export const ed25519PrivateKey = privateKeys(Buffer.from('302e020100300506032b657004220420', 'hex'), curveKeyBytes)
/** An X25519 secret of 32 bytes. */
export const x25519PrivateKey = privateKeys(Buffer.from('302e020100300506032b656e04220420', 'hex'), curveKeyBytes)
/** An ML-KEM-768 seed of 64 bytes. */
export const mlKem768PrivateKey = privateKeys(
  Buffer.from('3054020100300b060960864801650304040204428040', 'hex'),
  mlKemSeedBytes,
)

/** The base64 of SPKI (RFC 8410 §4) up to the key's bytes: 12 bytes, so the key's own base64 may follow. */
const spkiText = { Ed25519: 'MCowBQYDK2VwAyEA', X25519: 'MCowBQYDK2VuAyEA' } as const

/**
 * Imports a public key from PEM text. Every other form is handed over as an object, of which Node 24 finds out that it
 * is no KeyObject by letting native calls throw, and that costs four times as much as the import.
 */
function importCurveKey(kind: keyof typeof spkiText, base64: string): native.KeyObject {
  return native.createPublicKey(`-----BEGIN PUBLIC KEY-----\n${spkiText[kind]}${base64}\n-----END PUBLIC KEY-----`)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const maxCachedPublicKeys = 1024

/** A public key; nothing when it is not one. */
type PublicKeys = (raw: Uint8Array) => native.KeyObject | undefined

function attempt(load: () => native.KeyObject): native.KeyObject | undefined {
  try {
    return load()
  } catch {
    return undefined
  }
}

/** Imports the public keys of one kind, each once while it is in use. */
function publicKeys(
  length: number,
  encoding: 'base64' | 'latin1',
  load: (text: string, raw: Uint8Array) => native.KeyObject,
): PublicKeys {
  const known = createLru<string, native.KeyObject>(maxCachedPublicKeys)
  return (raw) => {
    if (raw.length !== length) return undefined
    const text = viewOf(raw).toString(encoding)
    let key = known.get(text)
    if (key === undefined) {
      key = attempt(() => load(text, raw))
      if (key !== undefined) known.set(text, key)
    }
    return key
  }
}

/** SPKI of an ML-KEM-768 key up to the key's bytes. */
export const spkiMlKem768 = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex')

/** An Ed25519 public key of 32 bytes. */
export const ed25519PublicKey = publicKeys(curveKeyBytes, 'base64', (text) => importCurveKey('Ed25519', text))
/** An X25519 public key of 32 bytes that comes again. */
export const x25519PublicKey = publicKeys(curveKeyBytes, 'base64', (text) => importCurveKey('X25519', text))
/** An ML-KEM-768 encapsulation key of 1,184 bytes; one with a coefficient out of range is none (FIPS 203 §7.2). */
export const mlKem768PublicKey = publicKeys(mlKemPublicKeyBytes, 'latin1', (_, raw) =>
  native.createPublicKey({ key: Buffer.concat([spkiMlKem768, raw]), format: 'der', type: 'spki' }),
)

/** The key of an encapsulation: it comes once, so it takes no long-lived key's place in the cache. */
export const x25519PublicKeyOnce: PublicKeys = (raw) =>
  raw.length === curveKeyBytes ? attempt(() => importCurveKey('X25519', viewOf(raw).toString('base64'))) : undefined

/** The 32 bytes of a public key of Ed25519 or X25519. */
export function rawPublicKey(key: native.KeyObject): Uint8Array {
  const { x } = key.export({ format: 'jwk' })
  return Uint8Array.from(Buffer.from(x as string, 'base64url'))
}
