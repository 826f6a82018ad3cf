/** A JWS (EdDSA) inside a JWE (ECDH-ES over X25519, A256GCM), compact forms. */
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, generateKeyPair } from 'jose'
import type { MessageProtocol } from '../../crypto/alternatives.ts'

/** Signs, then encrypts. */
export async function jose(content: Uint8Array): Promise<MessageProtocol> {
  const signer = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const recipient = await generateKeyPair('ECDH-ES', { crv: 'X25519' })
  const encoder = new TextEncoder()
  const seal = async () => {
    const jws = await new CompactSign(content).setProtectedHeader({ alg: 'EdDSA' }).sign(signer.privateKey)
    const header = { alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' }
    return new CompactEncrypt(encoder.encode(jws)).setProtectedHeader(header).encrypt(recipient.publicKey)
  }
  const sealed = await seal()
  const open = async () => {
    const { plaintext } = await compactDecrypt(sealed, recipient.privateKey)
    return compactVerify(plaintext, signer.publicKey)
  }
  return {
    name: 'jose JWS EdDSA in JWE ECDH-ES X25519',
    gives: ['a signature (over the text alone)'],
    lacks: [
      'post-quantum secrecy',
      'a signature bound to its recipient (it can be re-wrapped)',
      'commitments, padding, clock window',
    ],
    overheadBytes: sealed.length - content.length,
    seal,
    open,
  }
}
