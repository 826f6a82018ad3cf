/**
 * The primitives by node:crypto. Keys are held as KeyObjects, since raw keys cost 4-5 times as much in Node 24. ML-KEM
 * comes from noble where this Node has none (Node 22), hence the namespace
 * import. The only file of this folder that imports `node:*`.
 */
import * as native from 'node:crypto'
import { concatBytes } from '../core/bytes.ts'
import type { Secret } from '../core/secret.ts'
import type { CryptoBackend, EphemeralAgreement } from './backend.ts'
import { createLru } from './lru.ts'
import { nobleBackend } from './noble-backend.ts'
import { isSmallOrder } from './small-order.ts'

const hasMlKem = typeof native.encapsulate === 'function'

/** Imports the private keys of one algorithm, each once: from its PKCS#8 prefix and the secret. */
function privateKeys(prefix: Buffer): (secret: Secret) => native.KeyObject {
  const known = new WeakMap<Secret, native.KeyObject>()
  return (secret) => {
    let key = known.get(secret)
    if (key === undefined) {
      const der = Buffer.concat([prefix, secret.reveal()])
      key = native.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      der.fill(0)
      known.set(secret, key)
    }
    return key
  }
}

// PKCS#8 (RFC 8410 §7; draft-ietf-lamps-kyber-certificates for the ML-KEM seed form) and SPKI up to the key's bytes.
const ed25519Key = privateKeys(Buffer.from('302e020100300506032b657004220420', 'hex'))
const x25519Key = privateKeys(Buffer.from('302e020100300506032b656e04220420', 'hex'))
const mlKem768Key = privateKeys(Buffer.from('3054020100300b060960864801650304040204428040', 'hex'))
const spkiMlKem768 = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex')

/** The base64 of SPKI (RFC 8410 §4) up to the key's bytes: 12 bytes, so the key's own base64 may follow. */
const spkiText = { Ed25519: 'MCowBQYDK2VwAyEA', X25519: 'MCowBQYDK2VuAyEA' } as const

type CurveKind = keyof typeof spkiText

/**
 * Imports a public key from PEM text. Every other form is handed over as an object, of which Node 24 finds out that it
 * is no KeyObject by letting native calls throw, and that costs four times as much as the import.
 */
function importCurveKey(kind: CurveKind, base64: string): native.KeyObject {
  return native.createPublicKey(`-----BEGIN PUBLIC KEY-----\n${spkiText[kind]}${base64}\n-----END PUBLIC KEY-----`)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const maxCachedPublicKeys = 1024

/** Imports the public keys of one kind, each once while it is in use. */
function publicKeys(
  encoding: 'base64' | 'latin1',
  load: (text: string, raw: Uint8Array) => native.KeyObject,
): (raw: Uint8Array) => native.KeyObject {
  const known = createLru<string, native.KeyObject>(maxCachedPublicKeys)
  return (raw) => {
    const text = viewOf(raw).toString(encoding)
    let key = known.get(text)
    if (key === undefined) {
      key = load(text, raw)
      known.set(text, key)
    }
    return key
  }
}

const ed25519PublicKey = publicKeys('base64', (text) => importCurveKey('Ed25519', text))
const x25519PublicKey = publicKeys('base64', (text) => importCurveKey('X25519', text))
const mlKem768PublicKey = publicKeys('latin1', (_, raw) =>
  native.createPublicKey({ key: Buffer.concat([spkiMlKem768, raw]), format: 'der', type: 'spki' }),
)

/** The key of an encapsulation: it comes once, so it takes no long-lived key's place in the cache. */
function x25519PublicKeyOnce(raw: Uint8Array): native.KeyObject {
  return importCurveKey('X25519', viewOf(raw).toString('base64'))
}

function rawPublicKey(key: native.KeyObject): Uint8Array {
  const { x } = key.export({ format: 'jwk' })
  return Uint8Array.from(Buffer.from(x as string, 'base64url'))
}

/** A Buffer of the pool seen as a Uint8Array of its own class, so that nothing above depends on Buffer. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

/** One byte a character, into a target: node:crypto makes a string of a digest five times as fast as a Buffer. */
function copyLatin1(text: string, target: Uint8Array, offset: number): void {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i)
}

function digestOf(algorithm: 'sha256' | 'sha512' | 'sha3-256', length: number): (data: Uint8Array) => Uint8Array {
  return (data) => {
    const digest = new Uint8Array(length)
    copyLatin1(native.hash(algorithm, data, 'binary'), digest, 0)
    return digest
  }
}

const sha256 = digestOf('sha256', 32)

const hmacBlockBytes = 64
const outerBlock = new Uint8Array(hmacBlockBytes + 32)
/** Room for the inner block of HPKE's labelled inputs; longer ones get an array of their own. */
const innerBlock = new Uint8Array(hmacBlockBytes + 512)

/**
 * RFC 2104 §2 by two one-shot hashes, which is faster than a Hmac object. Works in arrays that are kept, since a new one
 * of more than 64 bytes costs as much as a hash; they are wiped before anything else can run.
 */
function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > hmacBlockBytes ? sha256(key) : key
  const length = hmacBlockBytes + data.length
  const inner = length > innerBlock.length ? new Uint8Array(length) : innerBlock.subarray(0, length)
  inner.fill(0x36, 0, hmacBlockBytes)
  outerBlock.fill(0x5c, 0, hmacBlockBytes)
  for (let i = 0; i < short.length; i++) {
    inner[i] = 0x36 ^ (short[i] as number)
    outerBlock[i] = 0x5c ^ (short[i] as number)
  }
  inner.set(data, hmacBlockBytes)
  copyLatin1(native.hash('sha256', inner, 'binary'), outerBlock, hmacBlockBytes)
  const mac = sha256(outerBlock)
  inner.fill(0)
  outerBlock.fill(0)
  return mac
}

function ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64 || isSmallOrder(key)) return false
  try {
    return native.verify(null, message, ed25519PublicKey(key), signature)
  } catch {
    // A key that is not a point cannot have signed anything.
    return false
  }
}

function agree(privateKey: native.KeyObject, publicKeyOf: () => native.KeyObject): Uint8Array | undefined {
  try {
    return plain(native.diffieHellman({ privateKey, publicKey: publicKeyOf() }))
  } catch {
    // RFC 7748 §6.1: OpenSSL refuses a small-order peer key, whose shared secret is all zero.
    return undefined
  }
}

/** Lets OpenSSL draw the key: importing a drawn one costs twice as much, and its bytes would pass through JavaScript. */
function x25519Ephemeral(peer: Uint8Array): EphemeralAgreement | undefined {
  const made = native.generateKeyPairSync('x25519')
  const sharedSecret = agree(made.privateKey, () => x25519PublicKey(peer))
  return sharedSecret && { publicKey: rawPublicKey(made.publicKey), sharedSecret }
}

const nativeMlKem: Pick<CryptoBackend, 'mlKem768PublicKey' | 'mlKem768Encapsulate' | 'mlKem768Decapsulate'> = {
  mlKem768PublicKey(seed) {
    const spki = native.createPublicKey(mlKem768Key(seed)).export({ format: 'der', type: 'spki' })
    return plain(spki.subarray(spkiMlKem768.length))
  },
  mlKem768Encapsulate(raw) {
    try {
      const { sharedKey, ciphertext } = native.encapsulate(mlKem768PublicKey(raw))
      return { enc: plain(ciphertext), sharedSecret: plain(sharedKey) }
    } catch {
      // FIPS 203 §7.2: a coefficient out of range is refused on import.
      return undefined
    }
  },
  mlKem768Decapsulate(seed, ciphertext) {
    return plain(native.decapsulate(mlKem768Key(seed), ciphertext))
  },
}

const gcmTagBytes = 16

/** The primitives by node:crypto. */
export const nodeBackend: CryptoBackend = {
  ...(hasMlKem ? nativeMlKem : nobleBackend),
  name: 'node',
  sha256,
  sha512: digestOf('sha512', 64),
  sha3256: digestOf('sha3-256', 32),
  shake256: (data, length) => plain(native.createHash('shake256', { outputLength: length }).update(data).digest()),
  keccak256: nobleBackend.keccak256,
  hmacSha256,
  ed25519PublicKey: (seed) => rawPublicKey(native.createPublicKey(ed25519Key(seed))),
  ed25519Sign: (seed, message) => plain(native.sign(null, message, ed25519Key(seed))),
  ed25519Verify,
  x25519PublicKey: (secret) => rawPublicKey(native.createPublicKey(x25519Key(secret))),
  x25519: (secret, peer) => agree(x25519Key(secret), () => x25519PublicKeyOnce(peer)),
  x25519Ephemeral,
  aes256GcmSeal(key, nonce, aad, plaintext) {
    const cipher = native.createCipheriv('aes-256-gcm', native.createSecretKey(key), nonce)
    cipher.setAAD(aad)
    const body = cipher.update(plaintext)
    cipher.final()
    return concatBytes(body, cipher.getAuthTag())
  },
  aes256GcmOpen(key, nonce, aad, ciphertext) {
    if (ciphertext.length < gcmTagBytes) return undefined
    const end = ciphertext.length - gcmTagBytes
    const decipher = native.createDecipheriv('aes-256-gcm', native.createSecretKey(key), nonce, {
      authTagLength: gcmTagBytes,
    })
    decipher.setAAD(aad).setAuthTag(ciphertext.subarray(end))
    const plaintext = decipher.update(ciphertext.subarray(0, end))
    try {
      decipher.final()
      return plain(plaintext)
    } catch {
      plaintext.fill(0)
      return undefined
    }
  },
}

/** What `#crypto-backend` gives on Node.js. */
export const defaultBackend: CryptoBackend = nodeBackend
