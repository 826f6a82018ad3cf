/** ML-KEM-768 (FIPS 203) by node:crypto, which has it since Node 24; hence the namespace import. */
import * as native from 'node:crypto'
import type { MlKem768 } from './backend.ts'
import { mlKemCiphertextBytes } from './lengths.ts'
import { plain } from './node-bytes.ts'
import { mlKem768PrivateKey, mlKem768PublicKey, spkiMlKem768 } from './node-keys.ts'

/** Whether this Node has it. */
export const hasNativeMlKem = typeof native.encapsulate === 'function'

/** ML-KEM-768 by node:crypto; it draws its own randomness. */
export const nativeMlKem768: MlKem768 = {
  mlKem768PublicKey(seed) {
    const spki = native.createPublicKey(mlKem768PrivateKey(seed)).export({ format: 'der', type: 'spki' })
    return plain(spki.subarray(spkiMlKem768.length))
  },
  mlKem768Encapsulate(raw) {
    const publicKey = mlKem768PublicKey(raw)
    if (publicKey === undefined) return undefined
    const { sharedKey, ciphertext } = native.encapsulate(publicKey)
    return { enc: plain(ciphertext), sharedSecret: plain(sharedKey) }
  },
  mlKem768Decapsulate(seed, ciphertext) {
    const privateKey = mlKem768PrivateKey(seed)
    return ciphertext.length === mlKemCiphertextBytes ? plain(native.decapsulate(privateKey, ciphertext)) : undefined
  },
}
