/**
 * Who may read a mailbox (SPEC §8.3): its owner signs a challenge with the signing key of a card that the registry
 * says is valid now, and gets a token for that mailbox, good at this relay for 15 minutes.
 *
 * Challenges cost the relay no memory: the nonce carries a MAC of the rest. Only those answered rightly are remembered,
 * until they expire, so that each works once.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { AgentRef } from '../core/agent-ref.ts'
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import { asCardId, asMailboxId, type CardId, type MailboxId, type Millis } from '../core/ids.ts'
import { challengeLifetimeMillis, sessionLifetimeSeconds } from '../core/limits.ts'
import type { PublishedCard } from '../identity/card-directory.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import { assertCardValidAt, timeBySkew } from '../identity/trust.ts'
import { decodeAgentRef, encodeAgentRef } from '../wire/agent-ref.ts'
import { type Challenge, decodeChallenge, encodeChallenge } from '../wire/challenge.ts'
import { maxTokenCharacters } from '../wire/relay-frame.ts'
import type { RelayContext } from './config.ts'
import {
  ChallengeInvalidError,
  DirectoryUnavailableError,
  RateLimitedError,
  SessionInvalidError,
  UnauthorizedError,
} from './errors.ts'
import { RateLimit } from './rate-limit.ts'

const algorithm = 'EdDSA'
const tokenType = 'herald-session+jwt'
const macBytes = 16

/** An answer to a challenge. */
export interface ChallengeAnswer {
  readonly agent: AgentRef
  readonly cardId: CardId
  readonly challenge: Uint8Array
  /** Ed25519 over the challenge, 64 bytes. */
  readonly signature: Uint8Array
}

/** A new session. */
export interface Session {
  readonly token: string
  readonly mailbox: MailboxId
  readonly expires: Millis
}

/** A session as its token says it. */
export interface OpenSession {
  readonly mailbox: MailboxId
  readonly expires: Millis
  readonly agent: AgentRef
  readonly cardId: CardId
}

/**
 * Whether a token's signature has its one spelling (RFC 7515 §2). Decoders skip foreign characters and ignore unused bits;
 * the rest of a token is signed as text and has no other spelling.
 */
function hasPlainSignature(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

/** Issues challenges and tokens, and checks both. */
export class Sessions {
  readonly #context: RelayContext
  readonly #originDigest: Uint8Array
  readonly #macKey: Uint8Array
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  /** Nonces of challenges that were answered, with their expiry; ascending, since all live equally long. */
  readonly #answered = new Map<string, Millis>()
  readonly #rate: RateLimit

  constructor(context: RelayContext) {
    this.#context = context
    const { sessionBurst, sessionPerSecond, maxTrackedAddresses } = context.limits
    this.#rate = new RateLimit({ burst: sessionBurst, perSecond: sessionPerSecond, maxKeys: maxTrackedAddresses })
    this.#originDigest = context.backend.sha256(utf8(context.origin))
    this.#macKey = context.ambient.random(32)
    const jwk = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
    const x = jwk(context.publicKey)
    const key = { kty: 'OKP', crv: 'Ed25519', x, d: jwk(context.relayKey.reveal()) }
    this.#privateKey = createPrivateKey({ key, format: 'jwk' })
    this.#publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  }

  /** Counts a call of a network address, which must not have look-ups on the chain for nothing. @throws RateLimitedError */
  admit(address: string): void {
    const retryAfterSeconds = this.#rate.take(address, this.#context.ambient.now())
    if (retryAfterSeconds > 0) throw new RateLimitedError({ retryAfterSeconds })
  }

  /** A challenge for one mailbox and card. Given to anyone: it tells nothing of whether there is such an agent. */
  challenge(agent: AgentRef, cardId: CardId): Uint8Array {
    const { ambient, backend } = this.#context
    const draft = {
      relayOrigin: this.#originDigest,
      mailbox: mailboxOf(backend, agent),
      cardId,
      nonce: concatBytes(ambient.random(32 - macBytes), new Uint8Array(macBytes)),
      expires: ambient.now() + challengeLifetimeMillis,
    }
    return encodeChallenge({ ...draft, nonce: this.#nonceWithMac(draft) })
  }

  #nonceWithMac(challenge: Challenge): Uint8Array {
    const random = challenge.nonce.subarray(0, 32 - macBytes)
    const blank = { ...challenge, nonce: concatBytes(random, new Uint8Array(macBytes)) }
    const mac = this.#context.backend.hmacSha256(this.#macKey, encodeChallenge(blank))
    return concatBytes(random, mac.subarray(0, macBytes))
  }

  /**
   * Opens a session for the answer to a challenge.
   *
   * @throws ChallengeInvalidError, UnauthorizedError, or DirectoryUnavailableError
   */
  async open(answer: ChallengeAnswer): Promise<Session> {
    const { ambient, backend } = this.#context
    const challenge = this.#assertOurs(answer)
    const card = await this.#validCard(answer)
    const signed = backend.ed25519Verify(card.card.signingKey, answer.challenge, answer.signature)
    if (!signed) throw new UnauthorizedError()
    this.#use(challenge)
    const expires = ambient.now() + sessionLifetimeSeconds * 1000
    const token = await this.#sign(answer.agent, challenge.mailbox, answer.cardId, expires)
    return { token, mailbox: challenge.mailbox, expires }
  }

  #assertOurs({ challenge: bytes, agent, cardId }: ChallengeAnswer): Challenge {
    const challenge = decodeChallenge(bytes)
    const expected = {
      relayOrigin: this.#originDigest,
      mailbox: mailboxOf(this.#context.backend, agent),
      cardId,
      nonce: this.#nonceWithMac(challenge),
      expires: challenge.expires,
    }
    const isOurs = equalBytes(encodeChallenge(expected), bytes) && challenge.expires > this.#context.ambient.now()
    if (!isOurs || this.#answered.has(toHex(challenge.nonce))) throw new ChallengeInvalidError()
    return challenge
  }

  /** Marks a challenge as used; of two answers at the same time only one gets through. */
  #use({ nonce, expires }: Challenge): void {
    const now = this.#context.ambient.now()
    for (const [answered, until] of this.#answered) {
      if (until > now) break
      this.#answered.delete(answered)
    }
    const key = toHex(nonce)
    if (this.#answered.has(key)) throw new ChallengeInvalidError()
    this.#answered.set(key, expires)
  }

  async #validCard({ agent, cardId }: ChallengeAnswer): Promise<PublishedCard> {
    const { directory } = this.#context
    try {
      const published = await directory.byId(agent, cardId)
      this.#assertCardInForce(published)
      return published
    } catch (error) {
      if (isHeraldError(error) && error.retry === 'later') throw new DirectoryUnavailableError(error)
      // The same for an agent that is not there, a card that is not valid, and a wrong signature.
      if (isHeraldError(error)) throw new UnauthorizedError()
      throw error
    }
  }

  /** Trust decision: the card is valid now and not revoked, also when the block's clock is ahead of ours. */
  #assertCardInForce(published: PublishedCard): void {
    const { record } = published
    const now = timeBySkew(record, this.#context.ambient.now())
    assertCardValidAt(published, Math.max(now, record.revokedAt), Number.MAX_SAFE_INTEGER)
  }

  #sign(agent: AgentRef, mailbox: MailboxId, cardId: CardId, expires: Millis): Promise<string> {
    const { origin, ambient } = this.#context
    return new SignJWT({ card: cardId, agent: toHex(encodeAgentRef(agent)) })
      .setProtectedHeader({ alg: algorithm, typ: tokenType })
      .setIssuer(origin)
      .setAudience(origin)
      .setSubject(mailbox)
      .setIssuedAt(Math.floor(ambient.now() / 1000))
      .setExpirationTime(Math.floor(expires / 1000))
      .sign(this.#privateKey)
  }

  /**
   * Trust decision: the token is ours and not over, and its card is still in force.
   *
   * @throws SessionInvalidError
   */
  async verify(token: string): Promise<OpenSession> {
    const session = await this.#read(token)
    await this.assertOpen(session)
    return session
  }

  async #read(token: string): Promise<OpenSession> {
    const { origin, ambient } = this.#context
    if (token.length > maxTokenCharacters || !hasPlainSignature(token)) throw new SessionInvalidError()
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [algorithm],
        typ: tokenType,
        issuer: origin,
        audience: origin,
        currentDate: new Date(ambient.now()),
        requiredClaims: ['exp', 'sub', 'card', 'agent'],
      })
      const { sub = '', exp = 0, card, agent } = payload
      const expires = exp * 1000
      const ref = decodeAgentRef(fromHex(String(agent)))
      return { mailbox: asMailboxId(sub), expires, agent: ref, cardId: asCardId(String(card)) }
    } catch {
      throw new SessionInvalidError()
    }
  }

  /**
   * Trust decision: a session goes on. It ends with its token, and with the revocation of its card; a chain that cannot
   * be asked ends nothing.
   *
   * @throws SessionInvalidError
   */
  async assertOpen({ agent, cardId, expires }: OpenSession): Promise<void> {
    const { directory, ambient } = this.#context
    if (ambient.now() >= expires) throw new SessionInvalidError()
    try {
      this.#assertCardInForce(await directory.byId(agent, cardId))
    } catch (error) {
      if (!isHeraldError(error) || error.retry !== 'later') throw new SessionInvalidError()
    }
  }
}
