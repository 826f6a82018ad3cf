/**
 * Opening (DESIGN §5 step 5), in this order: size cap, header, expiry; open; sender's card by the registry; signature
 * over the recomputed commitments; clock window. The replay check follows where the message is kept (inbox).
 * AES-GCM does not commit to its key, which is why both commitments are recomputed from the plaintext.
 */
import type { AgentRef } from '../../core/agent-ref.ts'
import { HeraldError } from '../../core/errors.ts'
import type { CardId, MessageId, Millis } from '../../core/ids.ts'
import { maxClockSkewMillis, maxLifetimeMillis } from '../../core/limits.ts'
import type { CryptoBackend } from '../../crypto/backend.ts'
import { openBaseLater } from '../../crypto/hpke.ts'
import type { CardDirectory, PublishedCard } from '../../identity/card-directory.ts'
import type { Keyring } from '../../identity/keyring.ts'
import { mailboxOf } from '../../identity/mailbox-id.ts'
import { assertSenderTrusted } from '../../identity/trust.ts'
import { decodeEnvelope, type Envelope, type EnvelopeHeader } from '../../wire/envelope.ts'
import { contentPreimageIn, decodeInnerMessage, type InnerMessage } from '../../wire/inner-message.ts'
import {
  ClockWindowError,
  ExpiredMessageError,
  ForeignSenderError,
  KeyMissingError,
  NotForMeError,
  OpenFailedError,
  SignatureInvalidError,
  SuiteMismatchError,
} from '../errors.ts'
import { hpkeInfo } from './hpke-info.ts'
import { statementOf } from './statement-of.ts'

/** What opening needs: whose messages, which keys, and where senders are looked up. */
export interface OpenContext {
  readonly backend: CryptoBackend
  readonly self: AgentRef
  /** The keys of one of the agent's cards, also of one it has replaced; nothing when they are not kept. */
  keyringOf(cardId: CardId): Keyring | undefined
  readonly directory: CardDirectory
  now(): Millis
}

/** What was sealed, decoded and as it arrived. */
interface Inner {
  readonly message: InnerMessage
  readonly innerBytes: Uint8Array
}

/** A message that passed every check but replay. */
export interface OpenedMessage extends Inner {
  readonly header: EnvelopeHeader
  readonly headerBytes: Uint8Array
  /** The sender's card as the registry has it. */
  readonly sender: PublishedCard
}

/** Trust decision: the envelope is for this agent and one of its cards, of that card's suite. @throws `sealed.*` */
async function keyringFor(context: OpenContext, header: EnvelopeHeader): Promise<Keyring> {
  const { messageId, recipientCard, suite } = header
  if (header.mailbox !== mailboxOf(context.backend, context.self)) throw new NotForMeError({ messageId, recipientCard })
  const keyring = context.keyringOf(recipientCard)
  if (keyring === undefined) throw await keyMissing(context, header)
  if (keyring.suite !== suite) throw new SuiteMismatchError({ messageId, suite, expected: keyring.suite })
  return keyring
}

/** A card of ours that another replica published is no reason to drop the message; one that is not ours is. */
async function keyMissing({ directory, self }: OpenContext, header: EnvelopeHeader): Promise<HeraldError> {
  const { messageId, recipientCard } = header
  try {
    await directory.byId(self, recipientCard)
    return new KeyMissingError({ messageId, recipientCard })
  } catch (error) {
    if (error instanceof HeraldError && error.retry === 'later') return error
    return new NotForMeError({ messageId, recipientCard })
  }
}

async function decrypt(context: OpenContext, { header, headerBytes, ciphertext }: Envelope): Promise<Uint8Array> {
  const { suite, enc, recipientCard, messageId } = header
  const { sealing } = await keyringFor(context, header)
  const info = hpkeInfo(suite, context.self, recipientCard)
  const plaintext = await openBaseLater(context.backend, suite, sealing, enc, info, headerBytes, ciphertext)
  if (plaintext === undefined) throw new OpenFailedError({ messageId })
  return plaintext
}

/** Trust decision: the message is not over. @throws ExpiredMessageError */
function assertNotExpired(messageId: MessageId, expires: Millis, now: Millis): void {
  if (now >= expires) throw new ExpiredMessageError({ messageId, expires, now })
}

/** Trust decision: sender and recipient look at the same registry, so "registered" means one thing. */
function assertSameRegistry(self: AgentRef, sender: AgentRef, messageId: MessageId): void {
  if (sender.chainId !== self.chainId || sender.registry !== self.registry)
    throw new ForeignSenderError({ messageId, chainId: sender.chainId })
}

/** Trust decision: the signature is the sender card's, over this content, header and recipient. */
function assertSigned(context: OpenContext, envelope: Envelope, inner: Inner, sender: PublishedCard): void {
  const { messageId } = envelope.header
  const { message, innerBytes } = inner
  // The content is committed to as it arrived: the decoder takes its one encoding only.
  const content = contentPreimageIn(innerBytes, message)
  const statement = statementOf(context.backend, message, envelope.headerBytes, context.self, content)
  // SPEC §5.3: the header says the same as what is inside, or two checks could look at different times.
  const agrees = message.expires === envelope.header.expires
  if (!agrees || !context.backend.ed25519Verify(sender.card.signingKey, statement, message.signature))
    throw new SignatureInvalidError({ messageId, senderCard: message.senderCard })
}

/** Trust decision: made not later than our clock allows, and not to live longer than replay stores remember. */
function assertInClockWindow(messageId: MessageId, created: Millis, expires: Millis, now: Millis): void {
  if (created > now + maxClockSkewMillis)
    throw new ClockWindowError({ messageId, created, now, limit: maxClockSkewMillis })
  if (expires - created > maxLifetimeMillis)
    throw new ClockWindowError({ messageId, created, now, limit: maxLifetimeMillis })
}

/**
 * Opens an envelope and checks all that can be checked without the replay store.
 *
 * @param bytes an envelope from anywhere
 * @throws a `wire.*`, `sealed.*`, `identity.*` or `registry.*` error that names the step
 */
export async function openMessage(context: OpenContext, bytes: Uint8Array): Promise<OpenedMessage> {
  const envelope = decodeEnvelope(bytes)
  const { header, headerBytes } = envelope
  assertNotExpired(header.messageId, header.expires, context.now())
  const innerBytes = await decrypt(context, envelope)
  const message = decodeInnerMessage(innerBytes)
  assertSameRegistry(context.self, message.sender, header.messageId)
  const sender = await context.directory.byId(message.sender, message.senderCard)
  assertSenderTrusted(sender, message.created)
  assertSigned(context, envelope, { message, innerBytes }, sender)
  assertInClockWindow(header.messageId, message.created, message.expires, context.now())
  return { header, headerBytes, message, innerBytes, sender }
}
