/**
 * Whether an envelope may go into a mailbox (SPEC §8.8): by its owner's policy, then by the mailbox's rate; what passes
 * goes to the store. A sender shows as little as it can: nothing, work, a token its recipient gave it, or, if it wants to, itself.
 */
import { toHex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import { encodeStamp, leadingZeroBits } from '../wire/stamp.ts'
import { StampRequiredError, WriteRefusedError } from './errors.ts'
import type { MailboxSettings } from './mailbox-settings.ts'
import type { Services } from './services.ts'
import type { OpenSession } from './sessions.ts'
import type { Accepted } from './submission.ts'

/** What a sender shows. */
export interface Proof {
  /** A write token, 32 bytes. */
  readonly token: Uint8Array | undefined
  /** The nonce of a stamp, 8 bytes. */
  readonly stamp: Uint8Array | undefined
  /** The sender's own session. It is looked at only where the policy asks who writes. */
  readonly session: (() => Promise<OpenSession>) | undefined
}

/** Trust decision: the sender holds a valid card or controls an agent that has one. */
async function isRegistered({ session }: Proof): Promise<boolean> {
  if (session === undefined) return false
  try {
    await session()
    return true
  } catch (error) {
    if (isHeraldError(error, 'relay.session_invalid')) return false
    throw error
  }
}

function stampIsWorth({ context }: Services, envelope: Uint8Array, { stamp }: Proof, bits: number): boolean {
  if (bits === 0) return true
  const { sha256 } = context.backend
  return stamp !== undefined && leadingZeroBits(sha256(encodeStamp(sha256(envelope), stamp))) >= bits
}

/**
 * Trust decision: a sender without a token that the owner gave out may write to this mailbox.
 *
 * @throws WriteRefusedError or StampRequiredError
 */
async function assertMayWrite(
  services: Services,
  settings: MailboxSettings,
  envelope: Uint8Array,
  proof: Proof,
): Promise<void> {
  const { write, stampBits } = settings
  if (write === 'contacts') throw new WriteRefusedError({ policy: write })
  if (write === 'registered' && !(await isRegistered(proof))) throw new WriteRefusedError({ policy: write })
  if (!stampIsWorth(services, envelope, proof, stampBits)) throw new StampRequiredError({ bits: stampBits })
}

/**
 * Takes an envelope in. Whoever calls this has counted it against the sender's address.
 *
 * @throws RateLimitedError, a `wire.*` error, WriteRefusedError, StampRequiredError, and what `Submissions.accept` throws
 */
export async function accept(services: Services, envelope: Uint8Array, proof: Proof): Promise<Accepted> {
  const { admission, settings, submissions, metrics, context } = services
  const { mailbox } = decodeEnvelope(envelope).header
  const wanted = await settings.of(mailbox)
  const tokenId = proof.token && toHex(context.backend.sha256(proof.token))
  const isInvited = tokenId !== undefined && wanted.writers.includes(tokenId)
  if (!isInvited) await assertMayWrite(services, wanted, envelope, proof)
  // Whoever was given a token is not crowded out by those who were not.
  admission.takeMailbox(isInvited ? `${mailbox}${tokenId}` : mailbox)
  const accepted = await submissions.accept(envelope, wanted.retentionMillis)
  if (!accepted.duplicate) metrics.accepted.add(1)
  return accepted
}
