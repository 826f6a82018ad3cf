/**
 * The cryptographic primitives by node:crypto: the default of `createAgent` and of the `herald` command on Node.js, to
 * hand to `createRelay` or `verifyProof`, or to build another backend on.
 *
 * @packageDocumentation
 */
export { Secret } from '../core/secret.ts'
export type { CryptoBackend, Encapsulation, EphemeralAgreement, LargeBodyCipher, RandomSource } from './backend.ts'
export { nodeBackend } from './node-backend.ts'
