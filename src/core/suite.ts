/**
 * Cipher suites (SPEC §1.4). A suite is named by its HPKE KEM id (IANA "HPKE KEM Identifiers"); the KDF is always
 * HKDF-SHA256 (0x0001), the AEAD AES-256-GCM (0x0002), the signature Ed25519. The recipient's card fixes the suite.
 */
/** X-Wing: ML-KEM-768 with X25519, post-quantum, the default (draft-connolly-cfrg-xwing-kem). */
export const suiteXWing = 0x647a
/** DHKEM(X25519, HKDF-SHA256), classical (RFC 9180 §7.1), for cards that say so. */
export const suiteX25519 = 0x0020

/** The suites this code speaks. */
export type Suite = typeof suiteXWing | typeof suiteX25519

/** Lengths in bytes of what a suite's KEM makes. */
export interface SuiteSizes {
  readonly publicKeyBytes: number
  readonly encBytes: number
  /** Of the secret key as it is kept: X-Wing's is its seed. */
  readonly secretKeyBytes: number
}

const sizes: Readonly<Record<Suite, SuiteSizes>> = {
  [suiteXWing]: { publicKeyBytes: 1216, encBytes: 1120, secretKeyBytes: 32 },
  [suiteX25519]: { publicKeyBytes: 32, encBytes: 32, secretKeyBytes: 32 },
}

/** The lengths of a suite. */
export function suiteSizes(suite: Suite): SuiteSizes {
  return sizes[suite]
}

/** Tells whether a number names a suite this code speaks. */
export function isSuite(suite: number): suite is Suite {
  return suite === suiteXWing || suite === suiteX25519
}
