/**
 * How bodies lie on disk: AES-256-GCM under their mailbox's key, so that whoever destroys the key destroys the bodies,
 * also those in backups (crypto-shredding), and so that a flipped bit is noticed instead of served. A body shared by
 * several mailboxes has a key of its own, wrapped under each mailbox's key.
 *
 * This runs in the store's worker thread, where no `Ambient` reaches: keys and nonces come from `node:crypto`.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32
const algorithm = 'aes-256-gcm'

const pool = new Uint8Array(12_288)
let poolOffset = pool.length

/** Random bytes from a pool, since one system call a nonce would cost more than the encryption. */
function randomBytes(length: number): Uint8Array {
  if (poolOffset + length > pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  const bytes = pool.slice(poolOffset, poolOffset + length)
  pool.fill(0, poolOffset, poolOffset + length)
  poolOffset += length
  return bytes
}

/** A new data key, 32 bytes. */
export function newDataKey(): Uint8Array {
  return randomBytes(keyBytes)
}

/** Loads a data key of 32 bytes. */
export function loadDataKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes)
}

/** Seals bytes: nonce, ciphertext, tag. @param place where they lie, authenticated along with them */
export function sealAtRest(key: KeyObject, place: Uint8Array, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(place)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealAtRest` made; nothing when it was damaged or lies in another place. */
export function openAtRest(key: KeyObject, place: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  // A flipped bit in a row's header makes SQLite take a blob for something else.
  if (!(sealed instanceof Uint8Array) || sealed.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes)).setAAD(place)
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  try {
    const plain = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes))
    decipher.final()
    return Uint8Array.from(plain)
  } catch {
    return undefined
  }
}
