/** OpenPGP (RFC 9580): version 6 keys on curve 25519, AEAD, signed and encrypted, binary. */
import { createMessage, decrypt, encrypt, generateKey, type PrivateKey, type PublicKey, readMessage } from 'openpgp'
import type { MessageProtocol } from '../../crypto/alternatives.ts'

async function keysOf(name: string): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
  const userIDs = { name }
  return generateKey({ type: 'curve25519', userIDs, format: 'object', config: { v6Keys: true, aeadProtect: true } })
}

/** Signs, then encrypts. */
export async function openpgp(content: Uint8Array): Promise<MessageProtocol> {
  const [alice, bob] = [await keysOf('alice'), await keysOf('bob')]
  const seal = async () =>
    (await encrypt({
      message: await createMessage({ binary: content }),
      encryptionKeys: bob.publicKey,
      signingKeys: alice.privateKey,
      format: 'binary',
      config: { aeadProtect: true },
    })) as Uint8Array
  const sealed = await seal()
  const open = async () => {
    const { data } = await decrypt({
      message: await readMessage({ binaryMessage: sealed }),
      decryptionKeys: bob.privateKey,
      verificationKeys: alice.publicKey,
      expectSigned: true,
      format: 'binary',
    })
    return data
  }
  return {
    name: 'openpgp v6 curve25519',
    gives: ['a signature (over the text, with its intended recipient)'],
    lacks: ['post-quantum secrecy', 'commitments, padding, clock window'],
    overheadBytes: sealed.length - content.length,
    seal,
    open,
  }
}
