/** The primitives by WebCrypto as Node has it, keys imported beforehand. */
import type { PrimitiveProvider } from './alternatives.ts'

type Operations = PrimitiveProvider['operations']

const { subtle } = crypto

async function curves(content: Uint8Array<ArrayBuffer>): Promise<Operations> {
  const own = (await subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  const peer = (await subtle.generateKey('X25519', true, ['deriveBits'])) as CryptoKeyPair
  const raw = await subtle.exportKey('raw', peer.publicKey)
  const signer = (await subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  const signature = await subtle.sign('Ed25519', signer.privateKey, content)
  return {
    'x25519 key generation': () => subtle.generateKey('X25519', false, ['deriveBits']),
    'x25519 with a new peer key': async () => {
      const publicKey = await subtle.importKey('raw', raw, 'X25519', false, [])
      return subtle.deriveBits({ name: 'X25519', public: publicKey }, own.privateKey, 256)
    },
    'ed25519 sign': () => subtle.sign('Ed25519', signer.privateKey, content),
    'ed25519 verify': () => subtle.verify('Ed25519', signer.publicKey, signature, content),
  }
}

async function symmetric(content: Uint8Array<ArrayBuffer>): Promise<Operations> {
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const secret = await subtle.importKey('raw', new Uint8Array(32), 'HKDF', false, ['deriveBits'])
  const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) }
  const sealed = await subtle.encrypt(gcm, key, content)
  const none = new Uint8Array(0)
  return {
    'aes-256-gcm seal': () => subtle.encrypt(gcm, key, content),
    'aes-256-gcm open': () => subtle.decrypt(gcm, key, sealed),
    sha256: () => subtle.digest('SHA-256', content),
    'hkdf-sha256 to 32 bytes': () =>
      subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: none, info: none }, secret, 256),
  }
}

/** WebCrypto's primitives, without those that Node still calls experimental (ChaCha20-Poly1305, ML-KEM). */
export async function webCryptoPrimitives(content: Uint8Array): Promise<PrimitiveProvider> {
  const bytes = Uint8Array.from(content)
  return { name: 'WebCrypto', operations: { ...(await curves(bytes)), ...(await symmetric(bytes)) } }
}
