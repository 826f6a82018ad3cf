/**
 * libsodium, natively (sodium-native) and as WebAssembly (libsodium-wrappers): an Ed25519 signature inside a box. A box
 * with both keys (`crypto_box_easy`) caches nothing, `crypto_box_seal` draws a key for each message as HPKE does.
 */
import wrappers from 'libsodium-wrappers'
import native from 'sodium-native'
import type { MessageProtocol, PrimitiveProvider } from '../../crypto/alternatives.ts'
import { rotation, times } from '../../rotation.ts'

/** What the published types leave out. */
interface NativeChaCha {
  crypto_aead_chacha20poly1305_ietf_encrypt(
    out: Buffer,
    text: Buffer,
    aad: null,
    unused: null,
    nonce: Buffer,
    key: Buffer,
  ): number
  crypto_aead_chacha20poly1305_ietf_decrypt(
    out: Buffer,
    unused: null,
    sealed: Buffer,
    aad: null,
    nonce: Buffer,
    key: Buffer,
  ): number
}
interface WasmKem {
  crypto_kem_mlkem768_keypair(): { publicKey: Uint8Array; privateKey: Uint8Array }
  crypto_kem_mlkem768_enc(publicKey: Uint8Array): { ciphertext: Uint8Array }
  crypto_kem_mlkem768_dec(ciphertext: Uint8Array, privateKey: Uint8Array): Uint8Array
  crypto_kem_xwing_keypair(): { publicKey: Uint8Array; privateKey: Uint8Array }
  crypto_kem_xwing_enc(publicKey: Uint8Array): { ciphertext: Uint8Array }
  crypto_kem_xwing_dec(ciphertext: Uint8Array, privateKey: Uint8Array): Uint8Array
}

const chacha = native as unknown as NativeChaCha
const kem = wrappers as unknown as WasmKem

const lacks = ['post-quantum secrecy', 'a signature bound to its recipient (it can be re-wrapped)']
const alsoLacks = 'commitments, padding, routing header, sender’s identity, clock window'

function nativeKeys() {
  const [boxPublic, boxSecret] = [Buffer.alloc(32), Buffer.alloc(32)]
  const [signPublic, signSecret] = [Buffer.alloc(32), Buffer.alloc(64)]
  native.crypto_box_keypair(boxPublic, boxSecret)
  native.crypto_sign_keypair(signPublic, signSecret)
  return { boxPublic, boxSecret, signPublic, signSecret }
}

function verified(isGood: boolean): void {
  if (!isGood) throw new Error('not verified')
}

/** The practical limit of one box and one signature a message. */
export function nativeBox(content: Uint8Array): MessageProtocol {
  const text = Buffer.from(content)
  const [alice, bob] = [nativeKeys(), nativeKeys()]
  const seal = () => {
    const signed = Buffer.alloc(64 + text.length)
    native.crypto_sign(signed, text, alice.signSecret)
    const sealed = Buffer.alloc(24 + 16 + signed.length)
    const nonce = sealed.subarray(0, 24)
    native.randombytes_buf(nonce)
    native.crypto_box_easy(sealed.subarray(24), signed, nonce, bob.boxPublic, alice.boxSecret)
    return sealed
  }
  const next = rotation(times(64, seal))
  const open = () => {
    const sealed = next()
    const signed = Buffer.alloc(sealed.length - 40)
    const nonce = sealed.subarray(0, 24)
    verified(native.crypto_box_open_easy(signed, sealed.subarray(24), nonce, alice.boxPublic, bob.boxSecret))
    const opened = Buffer.alloc(signed.length - 64)
    verified(native.crypto_sign_open(opened, signed, alice.signPublic))
    return opened
  }
  return {
    name: 'sodium-native box + sign',
    gives: ['a signature (over the text alone)'],
    lacks: [...lacks, 'a key of its own for each message', alsoLacks],
    overheadBytes: seal().length - content.length,
    seal,
    open,
  }
}

/** An anonymous box with a signature inside: the nearest to HPKE that libsodium has. */
export function nativeSealedBox(content: Uint8Array): MessageProtocol {
  const text = Buffer.from(content)
  const [alice, bob] = [nativeKeys(), nativeKeys()]
  const seal = () => {
    const signed = Buffer.alloc(64 + text.length)
    native.crypto_sign(signed, text, alice.signSecret)
    const sealed = Buffer.alloc(native.crypto_box_SEALBYTES + signed.length)
    native.crypto_box_seal(sealed, signed, bob.boxPublic)
    return sealed
  }
  const next = rotation(times(64, seal))
  const open = () => {
    const sealed = next()
    const signed = Buffer.alloc(sealed.length - native.crypto_box_SEALBYTES)
    verified(native.crypto_box_seal_open(signed, sealed, bob.boxPublic, bob.boxSecret))
    const opened = Buffer.alloc(signed.length - 64)
    verified(native.crypto_sign_open(opened, signed, alice.signPublic))
    return opened
  }
  return {
    name: 'sodium-native box_seal + sign',
    gives: ['a signature (over the text alone)'],
    lacks: [...lacks, alsoLacks],
    overheadBytes: seal().length - content.length,
    seal,
    open,
  }
}

/** The same in WebAssembly. */
export async function wasmSealedBox(content: Uint8Array): Promise<MessageProtocol> {
  await wrappers.ready
  const [alice, bob] = [wrappers.crypto_sign_keypair(), wrappers.crypto_box_keypair()]
  const seal = () => wrappers.crypto_box_seal(wrappers.crypto_sign(content, alice.privateKey), bob.publicKey)
  const next = rotation(times(64, seal))
  return {
    name: 'libsodium-wrappers box_seal + sign',
    gives: ['a signature (over the text alone)'],
    lacks: [...lacks, alsoLacks],
    overheadBytes: seal().length - content.length,
    seal,
    open: () =>
      wrappers.crypto_sign_open(wrappers.crypto_box_seal_open(next(), bob.publicKey, bob.privateKey), alice.publicKey),
  }
}

/** libsodium by its native addon, which has neither AES-256-GCM nor HKDF nor a post-quantum KEM. */
export function nativePrimitives(content: Uint8Array): PrimitiveProvider {
  const text = Buffer.from(content)
  const { boxSecret, signPublic, signSecret } = nativeKeys()
  const nextPeer = rotation(times(2048, () => nativeKeys().boxPublic))
  const signature = Buffer.alloc(64)
  native.crypto_sign_detached(signature, text, signSecret)
  const [key, nonce, sealed] = [Buffer.alloc(32, 7), Buffer.alloc(12), Buffer.alloc(text.length + 16)]
  chacha.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, text, null, null, nonce, key)
  return {
    name: 'sodium-native',
    operations: {
      'x25519 key generation': () => native.crypto_box_keypair(Buffer.alloc(32), Buffer.alloc(32)),
      'x25519 with a new peer key': () => native.crypto_scalarmult(Buffer.alloc(32), boxSecret, nextPeer()),
      'ed25519 sign': () => native.crypto_sign_detached(Buffer.alloc(64), text, signSecret),
      'ed25519 verify': () => native.crypto_sign_verify_detached(signature, text, signPublic),
      'chacha20-poly1305 seal': () =>
        chacha.crypto_aead_chacha20poly1305_ietf_encrypt(Buffer.alloc(sealed.length), text, null, null, nonce, key),
      'chacha20-poly1305 open': () =>
        chacha.crypto_aead_chacha20poly1305_ietf_decrypt(Buffer.alloc(text.length), null, sealed, null, nonce, key),
      sha256: () => native.crypto_hash_sha256(Buffer.alloc(32), text),
    },
  }
}

function wasmKems(): PrimitiveProvider['operations'] {
  const [mlKem, xWing] = [kem.crypto_kem_mlkem768_keypair(), kem.crypto_kem_xwing_keypair()]
  const mlKemSealed = kem.crypto_kem_mlkem768_enc(mlKem.publicKey).ciphertext
  const xWingSealed = kem.crypto_kem_xwing_enc(xWing.publicKey).ciphertext
  return {
    'ml-kem-768 encapsulate': () => kem.crypto_kem_mlkem768_enc(mlKem.publicKey),
    'ml-kem-768 decapsulate': () => kem.crypto_kem_mlkem768_dec(mlKemSealed, mlKem.privateKey),
    'x-wing encapsulate': () => kem.crypto_kem_xwing_enc(xWing.publicKey),
    'x-wing decapsulate': () => kem.crypto_kem_xwing_dec(xWingSealed, xWing.privateKey),
  }
}

/** libsodium in WebAssembly; this build has neither SHA-256 nor AES. */
export async function wasmPrimitives(content: Uint8Array): Promise<PrimitiveProvider> {
  await wrappers.ready
  const signer = wrappers.crypto_sign_keypair()
  const { privateKey } = wrappers.crypto_box_keypair()
  const nextPeer = rotation(times(2048, () => wrappers.crypto_box_keypair().publicKey))
  const signature = wrappers.crypto_sign_detached(content, signer.privateKey)
  const [key, nonce] = [new Uint8Array(32).fill(7), new Uint8Array(12)]
  const sealed = wrappers.crypto_aead_chacha20poly1305_ietf_encrypt(content, null, null, nonce, key)
  return {
    name: 'libsodium-wrappers',
    operations: {
      'x25519 key generation': () => wrappers.crypto_box_keypair(),
      'x25519 with a new peer key': () => wrappers.crypto_scalarmult(privateKey, nextPeer()),
      'ed25519 sign': () => wrappers.crypto_sign_detached(content, signer.privateKey),
      'ed25519 verify': () => wrappers.crypto_sign_verify_detached(signature, content, signer.publicKey),
      'chacha20-poly1305 seal': () =>
        wrappers.crypto_aead_chacha20poly1305_ietf_encrypt(content, null, null, nonce, key),
      'chacha20-poly1305 open': () =>
        wrappers.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key),
      ...wasmKems(),
    },
  }
}
