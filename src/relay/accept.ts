/**
 * Whether an envelope may go into a mailbox (SPEC §8.8): by its owner's policy, then by the mailbox's rate; what passes
 * goes to the store. A sender shows as little as it can: nothing, work, a token its recipient gave it, or, if it wants to, itself.
 */
import { type Hex, toHex } from '../core/bytes.ts'
import { HeraldError, isHeraldError } from '../core/errors.ts'
import { decodeEnvelope, type EnvelopeHeader } from '../wire/envelope.ts'
import { encodeStamp, leadingZeroBits } from '../wire/stamp.ts'
import { StampRequiredError, WriteRefusedError } from './errors.ts'
import type { MailboxSettings } from './mailbox-settings.ts'
import { asHeraldError } from './problem.ts'
import type { Services } from './services.ts'
import type { OpenSession } from './sessions.ts'
import type { Accepted, Admitted } from './submission.ts'

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

/** What became of an envelope. */
export type Outcome = Accepted | HeraldError

/** One envelope with what its sender shows. */
export interface Submission {
  readonly envelope: Uint8Array
  readonly proof: Proof
}

/** Who hands envelopes in. */
export interface Sender {
  /** Whose rate they count against. */
  readonly address: string
  /** How many of them were counted already. */
  readonly counted: number
}

type Checked = Admitted | HeraldError

interface Opened {
  readonly envelope: Uint8Array
  readonly header: EnvelopeHeader
}

/** What follows the policy. @throws RateLimitedError, ExpiredError, ExpiryTooFarError */
function admitUnder(
  services: Services,
  settings: MailboxSettings,
  { header, envelope }: Opened,
  tokenId?: Hex,
): Admitted {
  // Whoever was given a token is not crowded out by those who were not.
  services.admission.takeMailbox(tokenId === undefined ? header.mailbox : `${header.mailbox}${tokenId}`)
  return services.submissions.admit(envelope, header, settings.retentionMillis)
}

/** Gives a promise only where the owner asks for something of the sender. */
function judge(
  services: Services,
  settings: MailboxSettings,
  opened: Opened,
  proof: Proof,
): Admitted | Promise<Admitted> {
  const tokenId = proof.token && toHex(services.context.backend.sha256(proof.token))
  if (tokenId !== undefined && settings.writers.includes(tokenId))
    return admitUnder(services, settings, opened, tokenId)
  if (settings.write === 'open' && settings.stampBits === 0) return admitUnder(services, settings, opened)
  return assertMayWrite(services, settings, opened.envelope, proof).then(() => admitUnder(services, settings, opened))
}

/** Checks an envelope; at once where its mailbox's settings are remembered and ask nothing of senders. */
function admit(services: Services, { envelope, proof }: Submission): Admitted | Promise<Admitted> {
  const { header } = decodeEnvelope(envelope)
  const opened = { header, envelope }
  const settings = services.settings.remembered(header.mailbox)
  if (settings !== undefined) return judge(services, settings, opened, proof)
  return services.settings.of(header.mailbox).then((read) => judge(services, read, opened, proof))
}

/**
 * Checks envelopes, each by itself: its sender's address is counted, its mailbox's policy and rate hold, and it may be kept
 * for as long as it says. Gives for each, in their order, what is to be kept or why not; nothing is kept yet.
 */
export async function admitAll(
  services: Services,
  submissions: readonly Submission[],
  { address, counted }: Sender,
): Promise<readonly Checked[]> {
  const checks = submissions.map((submission, i) => {
    try {
      if (i >= counted) services.admission.takeSubmit(address)
      const admitted = admit(services, submission)
      return admitted instanceof Promise ? admitted.catch(asHeraldError) : admitted
    } catch (error) {
      return asHeraldError(error)
    }
  })
  return checks.some((check) => check instanceof Promise) ? Promise.all(checks) : (checks as Checked[])
}

/** Keeps what was admitted, by one call of the store, and gives for each its receipt or why it was refused, in their order. */
export async function keepAll(services: Services, checks: readonly Checked[]): Promise<readonly Outcome[]> {
  const admitted = checks.filter((check): check is Admitted => !(check instanceof HeraldError))
  if (admitted.length === 0) return checks as readonly HeraldError[]
  const kept = await services.submissions.keep(admitted).catch((thrown: unknown) => {
    const error = asHeraldError(thrown)
    return admitted.map(() => error)
  })
  services.metrics.accepted.add(kept.filter((outcome) => 'receipt' in outcome && !outcome.duplicate).length)
  let place = 0
  return checks.map((check) => (check instanceof HeraldError ? check : (kept[place++] as Outcome)))
}

/** Takes envelopes in, each by itself, and gives for each its receipt or why it was refused, in their order. */
export async function acceptAll(
  services: Services,
  submissions: readonly Submission[],
  sender: Sender,
): Promise<readonly Outcome[]> {
  return keepAll(services, await admitAll(services, submissions, sender))
}
