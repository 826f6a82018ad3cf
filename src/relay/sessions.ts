/**
 * Who may read a mailbox (SPEC §8.3): its owner signs a challenge with the signing key of a card that the registry
 * says is valid now, and gets a token for that mailbox, good at this relay for 15 minutes.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { AgentRef } from '../core/agent-ref.ts'
import { equalBytes, fromHex, toHex, utf8 } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import {
  type Address,
  asAddress,
  asCardId,
  asMailboxId,
  type CardId,
  type MailboxId,
  type Millis,
} from '../core/ids.ts'
import { challengeLifetimeMillis, sessionLifetimeSeconds } from '../core/limits.ts'
import type { PublishedCard } from '../identity/card-directory.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import { assertCardValidAt, timeBySkew } from '../identity/trust.ts'
import { decodeAgentRef, encodeAgentRef } from '../wire/agent-ref.ts'
import { type Challenge, decodeChallenge, encodeChallenge } from '../wire/challenge.ts'
import { maxTokenCharacters } from '../wire/relay-frame.ts'
import type { RelayContext } from './config.ts'
import { ChallengeInvalidError, DirectoryUnavailableError, SessionInvalidError, UnauthorizedError } from './errors.ts'
import type { SingleUse } from './single-use.ts'

const algorithm = 'EdDSA'
const tokenType = 'herald-session+jwt'

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

/** By what a session was opened: a card of the agent, or the wallet that controls it. */
export type SessionHolder = { readonly cardId: CardId } | { readonly wallet: Address }

/** A session as its token says it. */
export interface OpenSession {
  /** Drawn at random. */
  readonly id: string
  readonly mailbox: MailboxId
  readonly expires: Millis
  readonly agent: AgentRef
  readonly holder: SessionHolder
}

function holderOf({ card, wallet }: JWTPayload): SessionHolder {
  return wallet === undefined ? { cardId: asCardId(String(card)) } : { wallet: asAddress(String(wallet)) }
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
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  readonly #singleUse: SingleUse

  constructor(context: RelayContext, singleUse: SingleUse) {
    this.#context = context
    this.#singleUse = singleUse
    this.#originDigest = context.backend.sha256(utf8(context.origin))
    const jwk = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
    const x = jwk(context.publicKey)
    const key = { kty: 'OKP', crv: 'Ed25519', x, d: jwk(context.relayKey.reveal()) }
    this.#privateKey = createPrivateKey({ key, format: 'jwk' })
    this.#publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  }

  /** A challenge for one mailbox and card. Given to anyone: it tells nothing of whether there is such an agent. */
  challenge(agent: AgentRef, cardId: CardId): Uint8Array {
    const { ambient, backend } = this.#context
    const draft = {
      relayOrigin: this.#originDigest,
      mailbox: mailboxOf(backend, agent),
      cardId,
      expires: ambient.now() + challengeLifetimeMillis,
    }
    const nonce = this.#singleUse.make((blank) => encodeChallenge({ ...draft, nonce: blank }))
    return encodeChallenge({ ...draft, nonce })
  }

  /**
   * Opens a session for the answer to a challenge.
   *
   * @throws ChallengeInvalidError, UnauthorizedError, or DirectoryUnavailableError
   */
  async open(answer: ChallengeAnswer): Promise<Session> {
    const { backend } = this.#context
    const challenge = this.#assertOurs(answer)
    const card = await this.#validCard(answer)
    const signed = backend.ed25519Verify(card.card.signingKey, answer.challenge, answer.signature)
    if (!signed) throw new UnauthorizedError()
    this.#singleUse.use(challenge.nonce, challenge.expires)
    return this.issue(answer.agent, { cardId: answer.cardId })
  }

  /** A new session for an agent's mailbox. Whoever calls this has checked who asks. */
  async issue(agent: AgentRef, holder: SessionHolder): Promise<Session> {
    const { ambient, backend } = this.#context
    const mailbox = mailboxOf(backend, agent)
    const expires = ambient.now() + sessionLifetimeSeconds * 1000
    return { token: await this.#sign(agent, mailbox, holder, expires), mailbox, expires }
  }

  #assertOurs({ challenge: bytes, agent, cardId }: ChallengeAnswer): Challenge {
    const challenge = decodeChallenge(bytes)
    const expected = {
      relayOrigin: this.#originDigest,
      mailbox: mailboxOf(this.#context.backend, agent),
      cardId,
      nonce: challenge.nonce,
      expires: challenge.expires,
    }
    const right = this.#singleUse.withMac(challenge.nonce, (nonce) => encodeChallenge({ ...expected, nonce }))
    const isOurs = equalBytes(encodeChallenge({ ...expected, nonce: right }), bytes)
    if (!isOurs || challenge.expires <= this.#context.ambient.now()) throw new ChallengeInvalidError()
    this.#singleUse.assertUnused(challenge.nonce)
    return challenge
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

  #sign(agent: AgentRef, mailbox: MailboxId, holder: SessionHolder, expires: Millis): Promise<string> {
    const { origin, ambient } = this.#context
    const by = 'cardId' in holder ? { card: holder.cardId } : { wallet: holder.wallet }
    return new SignJWT({ ...by, agent: toHex(encodeAgentRef(agent)) })
      .setProtectedHeader({ alg: algorithm, typ: tokenType })
      .setIssuer(origin)
      .setAudience(origin)
      .setSubject(mailbox)
      .setJti(toHex(ambient.random(12)).slice(2))
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
        requiredClaims: ['exp', 'sub', 'jti', 'agent'],
      })
      const { sub = '', exp = 0, jti = '', agent } = payload
      const ref = decodeAgentRef(fromHex(String(agent)))
      return { id: jti, mailbox: asMailboxId(sub), expires: exp * 1000, agent: ref, holder: holderOf(payload) }
    } catch {
      throw new SessionInvalidError()
    }
  }

  /**
   * Trust decision: a session goes on. It ends with its token, with the revocation of its card, and when its wallet
   * controls the agent no more; a chain that cannot be asked ends nothing.
   *
   * @throws SessionInvalidError
   */
  async assertOpen(session: OpenSession): Promise<void> {
    if (this.#context.ambient.now() >= session.expires) throw new SessionInvalidError()
    try {
      await this.#assertHolder(session)
    } catch (error) {
      if (!isHeraldError(error) || error.retry !== 'later') throw new SessionInvalidError()
    }
  }

  async #assertHolder({ agent, holder }: OpenSession): Promise<void> {
    const { directory, wallets } = this.#context
    if ('cardId' in holder) return this.#assertCardInForce(await directory.byId(agent, holder.cardId))
    if (!(await wallets?.controls(holder.wallet, agent))) throw new SessionInvalidError()
  }
}
