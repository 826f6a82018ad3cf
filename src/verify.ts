/**
 * Verifying what an agent said, without an agent: `herald/verify` loads nothing that sends, stores or transports.
 *
 * @packageDocumentation
 */
export {
  type Check,
  type CheckName,
  checkNames,
  type Finding,
  type LaterClaim,
  type Outcome,
  type Verdict,
  type Verification,
} from './anchor/verification.ts'
export { type VerifyOptions, verifyProof } from './anchor/verify.ts'
export {
  type AcceptanceFault,
  type AcceptanceVerification,
  type Contradiction,
  findContradiction,
  verifyAcceptance,
} from './anchor/verify-acceptance.ts'
export { HeraldError, isHeraldError, type RetryVerdict } from './core/errors.ts'
export type { AcceptanceReceipt, AcceptanceStatement } from './wire/acceptance.ts'
export {
  asProof,
  decodeProof,
  encodeProof,
  type Proof,
  type ProofAnchor,
  type ProofBinding,
  type ProofContent,
} from './wire/proof.ts'
