/**
 * Checking a relay's acceptance receipt (SPEC §8.2), alone and offline: what a sender keeps to show later that a relay
 * took a message in, and what two receipts together show about a relay that lost one.
 */
import { defaultBackend } from '#crypto-backend'
import { equalBytes } from '../core/bytes.ts'
import { type AcceptanceReceipt, decodeAcceptanceReceipt, isReceiptSigned } from '../wire/acceptance.ts'

/** What does not hold of a receipt. */
export type AcceptanceFault = 'signature' | 'relay_key' | 'envelope'

/** What a receipt says, and what of it does not hold. */
export interface AcceptanceVerification {
  readonly receipt: AcceptanceReceipt
  /** Empty when the receipt is good. */
  readonly faults: readonly AcceptanceFault[]
}

/** What a receipt is held against. */
export interface AcceptanceExpectation {
  /** The envelope it is for: its SHA-256 is compared. */
  readonly envelope?: Uint8Array
  /** The relay's Ed25519 public key, 32 bytes, as its `/v1/relay` and earlier receipts give it. */
  readonly relayKey?: Uint8Array
}

/**
 * What two receipts of one relay show when they cannot both come from a relay that keeps what it accepts:
 * `number_reused`: one arrival number in one mailbox for two messages, so its database went back in time;
 * `forgotten`: two arrival numbers for one message while the relay had to know it, so it had lost the message or its owner
 * had erased the mailbox.
 */
export type Contradiction = 'number_reused' | 'forgotten'

/**
 * Checks a receipt.
 *
 * @param receipt 224 to 544 bytes
 * @throws a `wire.*` error when it is no receipt
 * @example
 * const { faults } = verifyAcceptance(receipt, { envelope, relayKey })
 */
export function verifyAcceptance(receipt: Uint8Array, expected: AcceptanceExpectation = {}): AcceptanceVerification {
  const decoded = decodeAcceptanceReceipt(receipt)
  const { envelope, relayKey } = expected
  const { sha256, ed25519Verify: verify } = defaultBackend
  const faults: AcceptanceFault[] = []
  if (!isReceiptSigned(decoded, { sha256, verify })) faults.push('signature')
  if (relayKey !== undefined && !equalBytes(relayKey, decoded.relayKey)) faults.push('relay_key')
  if (envelope !== undefined && !equalBytes(sha256(envelope), decoded.envelopeDigest)) faults.push('envelope')
  return { receipt: decoded, faults }
}

/**
 * What two receipts, both signed by one relay for one mailbox, show about it; nothing when they agree, or when one of
 * them is not signed and so shows nothing.
 *
 * @throws a `wire.*` error when one is no receipt
 */
export function findContradiction(one: Uint8Array, other: Uint8Array): Contradiction | undefined {
  const verified = [verifyAcceptance(one), verifyAcceptance(other)] as const
  if (verified.some(({ faults }) => faults.length > 0)) return undefined
  const [a, b] = verified.map(({ receipt }) => receipt) as [AcceptanceReceipt, AcceptanceReceipt]
  if (!equalBytes(a.relayKey, b.relayKey) || a.mailbox !== b.mailbox) return undefined
  const isSameMessage = a.messageId === b.messageId && equalBytes(a.envelopeDigest, b.envelopeDigest)
  if (a.seq === b.seq) return isSameMessage ? undefined : 'number_reused'
  const [earlier, later] = a.acceptedAt <= b.acceptedAt ? [a, b] : [b, a]
  return isSameMessage && later.acceptedAt < earlier.keptUntil ? 'forgotten' : undefined
}
