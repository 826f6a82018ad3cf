/**
 * The cryptographic primitives by the noble libraries, in JavaScript alone: the default outside Node.js, and some 15 times
 * slower than node:crypto on it.
 *
 * @example
 * ```ts
 * import { createAgent } from 'herald'
 * import { nobleBackend } from 'herald/crypto/noble'
 *
 * const agent = await createAgent({
 *   account: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
 *   chain: { id: 31337, rpcUrl: 'http://127.0.0.1:8545' },
 *   registry: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
 *   relay: 'http://127.0.0.1:8787',
 *   backend: nobleBackend,
 * })
 * ```
 *
 * @packageDocumentation
 */
export { Secret } from '../core/secret.ts'
export type { CryptoBackend, Encapsulation, EphemeralAgreement, LargeBodyCipher, RandomSource } from './backend.ts'
export { nobleBackend } from './noble-backend.ts'
