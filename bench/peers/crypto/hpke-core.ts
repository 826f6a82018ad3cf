/** @hpke/core with its X-Wing, and WebCrypto's Ed25519 over the plaintext. */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import type { MessageProtocol, PrimitiveProvider } from '../../crypto/alternatives.ts'

/** Signs, then encrypts; single shot. */
export async function hpkeCore(content: Uint8Array): Promise<MessageProtocol> {
  const body = Uint8Array.from(content)
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
  const keys = await suite.kem.generateKeyPair()
  const signer = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  const seal = async () => {
    const signature = await crypto.subtle.sign('Ed25519', signer.privateKey, body)
    const plaintext = new Uint8Array(64 + body.length)
    plaintext.set(new Uint8Array(signature))
    plaintext.set(body, 64)
    return suite.seal({ recipientPublicKey: keys.publicKey }, plaintext.buffer)
  }
  const sealed = await seal()
  const open = async () => {
    const plaintext = new Uint8Array(await suite.open({ recipientKey: keys.privateKey, enc: sealed.enc }, sealed.ct))
    const [signature, text] = [plaintext.subarray(0, 64), plaintext.subarray(64)]
    if (!(await crypto.subtle.verify('Ed25519', signer.publicKey, signature, text))) throw new Error('not verified')
    return text
  }
  return {
    name: '@hpke/core X-Wing + WebCrypto Ed25519',
    gives: ['a signature (over the text alone)', 'post-quantum secrecy'],
    lacks: [
      'a signature bound to its recipient (it can be re-wrapped)',
      'commitments, padding, routing header, sender’s identity, clock window',
    ],
    overheadBytes: sealed.enc.byteLength + sealed.ct.byteLength - content.length,
    seal,
    open,
  }
}

/** X-Wing in JavaScript. */
export async function hpkeCorePrimitives(): Promise<PrimitiveProvider> {
  const kem = new XWing()
  const keys = await kem.generateKeyPair()
  const { enc } = await kem.encap({ recipientPublicKey: keys.publicKey })
  return {
    name: '@hpke/hybridkem-x-wing',
    operations: {
      'x-wing encapsulate': () => kem.encap({ recipientPublicKey: keys.publicKey }),
      'x-wing decapsulate': () => kem.decap({ recipientKey: keys.privateKey, enc }),
    },
  }
}
