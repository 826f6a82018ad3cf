/** ML-KEM-768 (FIPS 203) by noble: for browsers, and for a Node that has none. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { MlKem768 } from './backend.ts'
import { mlKemCiphertextBytes, mlKemSeedBytes, revealOf } from './lengths.ts'
import { createSecretCache } from './secret-cache.ts'

interface ExpandedKey {
  readonly publicKey: Uint8Array
  /** 2,400 bytes, all secret. */
  readonly secretKey: Uint8Array
}

/** Expanding a seed takes noble as long as decapsulating. */
const expandedKeys = createSecretCache<ExpandedKey>(({ secretKey }) => secretKey.fill(0))

const expand = (seed: Parameters<MlKem768['mlKem768PublicKey']>[0]) =>
  expandedKeys(seed, () => ml_kem768.keygen(revealOf(seed, mlKemSeedBytes)))

/** ML-KEM-768 by noble. */
export const nobleMlKem768: MlKem768 = {
  // The cache's own stays in it: who asks may write into the answer.
  mlKem768PublicKey: (seed) => Uint8Array.from(expand(seed).publicKey),
  mlKem768Encapsulate(publicKey, random) {
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, random(32))
      return { enc: cipherText, sharedSecret }
    } catch {
      // FIPS 203 §7.2: the key is of another length, or a coefficient is out of range.
      return undefined
    }
  },
  mlKem768Decapsulate(seed, ciphertext) {
    const { secretKey } = expand(seed)
    return ciphertext.length === mlKemCiphertextBytes ? ml_kem768.decapsulate(ciphertext, secretKey) : undefined
  },
}
