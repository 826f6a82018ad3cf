/** Opening a session at a relay: fetch a challenge, check that it is for us, sign it, get a token (SPEC §8.3). */
import { formatAccountId } from '../core/agent-ref.ts'
import { equalBytes, fromBase64, toBase64, utf8 } from '../core/bytes.ts'
import type { Millis } from '../core/ids.ts'
import { type Challenge, decodeChallenge, relayOriginOf } from '../wire/challenge.ts'
import { ChallengeRefusedError, MalformedAnswerError } from './errors.ts'
import type { MailboxOwner } from './port.ts'
import { type Answer, post, type RelayCall } from './relay-http.ts'

/** How a session is opened. */
export interface SessionRequest {
  readonly relay: string
  readonly owner: MailboxOwner
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  readonly timeoutMillis: Millis
  readonly signal?: AbortSignal | undefined
}

/** A token, good until it expires by the relay's clock. */
export interface SessionToken {
  readonly token: string
  readonly expires: Millis
}

function readChallenge(relay: string, answer: Answer): { bytes: Uint8Array; challenge: Challenge } {
  try {
    const bytes = fromBase64(String(answer['challenge']))
    return { bytes, challenge: decodeChallenge(bytes) }
  } catch {
    throw new MalformedAnswerError({ relay, expected: 'a challenge' })
  }
}

/** Nothing is signed that another relay could use, or that opens another mailbox. */
function assertForUs(challenge: Challenge, { relay, owner, sha256 }: SessionRequest): void {
  const origin = sha256(utf8(relayOriginOf(relay)))
  if (!equalBytes(challenge.relayOrigin, origin)) throw new ChallengeRefusedError({ relay, field: 'relay origin' })
  if (challenge.mailbox !== owner.mailbox) throw new ChallengeRefusedError({ relay, field: 'mailbox' })
  if (challenge.cardId !== owner.cardId) throw new ChallengeRefusedError({ relay, field: 'card id' })
}

/**
 * Opens a session.
 *
 * @throws ChallengeRefusedError, MalformedAnswerError, RefusedError, UnreachableError, TimeoutError or AbortedError
 */
export async function openSession(request: SessionRequest): Promise<SessionToken> {
  const { relay, owner, timeoutMillis, signal } = request
  const who = { agent: formatAccountId(owner.agent), registry: owner.agent.registry, cardId: owner.cardId }
  const call = (path: string, body: object): RelayCall => ({ relay, path, body, timeoutMillis, signal })
  const { bytes, challenge } = readChallenge(relay, await post(call('/v1/challenges', who)))
  assertForUs(challenge, request)
  const signed = { ...who, challenge: toBase64(bytes), signature: toBase64(owner.sign(bytes)) }
  const { token, expires } = await post(call('/v1/sessions', signed))
  if (typeof token === 'string' && Number.isSafeInteger(expires)) return { token, expires: expires as Millis }
  throw new MalformedAnswerError({ relay, expected: 'a session token' })
}
