/**
 * Handing an envelope in where not everybody may (SPEC §8.8). A sender shows as little as the mailbox lets it: a token
 * if it has one, else nothing; work or itself only once the relay has asked for that.
 */
import { toBase64 } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import { encodeStamp, leadingZeroBits, stampNonceBytes } from '../wire/stamp.ts'
import { AbortedError, type Refusal } from './errors.ts'
import type { MailboxOwner, SubmitOptions } from './port.ts'
import { type Answer, post, type RelayCall } from './relay-http.ts'

/** What proofs are made of. */
export interface ProofOptions extends SubmitOptions {
  readonly signal: AbortSignal
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** Opens a session of the sender at this relay. */
  session(owner: MailboxOwner): Promise<string>
}

/** Hashes between two looks at what else there is to do. */
const stepHashes = 2048

/**
 * Searches a stamp.
 *
 * @param bits 1 to 24; each doubles the work
 * @throws AbortedError
 */
async function makeStamp(
  { sha256, signal }: Pick<ProofOptions, 'sha256' | 'signal'>,
  envelope: Uint8Array,
  bits: number,
): Promise<Uint8Array> {
  const digest = sha256(envelope)
  const nonce = new Uint8Array(stampNonceBytes)
  const counter = new DataView(nonce.buffer)
  for (let tried = 0; ; tried += 1) {
    counter.setUint32(4, tried)
    counter.setUint32(0, Math.floor(tried / 2 ** 32))
    if (leadingZeroBits(sha256(encodeStamp(digest, nonce))) >= bits) return nonce
    if (tried % stepHashes !== 0) continue
    await new Promise((resolve) => setTimeout(resolve))
    if (signal.aborted) throw new AbortedError()
  }
}

/** What a refusal asks for that the sender has not shown yet and may show. */
async function proofFor(refusal: Refusal, envelope: Uint8Array, options: ProofOptions) {
  const { identity } = options
  if (refusal.stampBits !== undefined)
    return { 'herald-stamp': toBase64(await makeStamp(options, envelope, refusal.stampBits)) }
  if (refusal.refusal === 'relay.write_refused' && refusal.policy === 'registered' && identity !== undefined)
    return { authorization: `Bearer ${await options.session(identity)}` }
  return undefined
}

/** Posts an envelope. @throws what `post` throws, AbortedError */
export async function postWithProofs(call: RelayCall, envelope: Uint8Array, options: ProofOptions): Promise<Answer> {
  let headers: Record<string, string> = options.token === undefined ? {} : { 'herald-token': toBase64(options.token) }
  for (;;) {
    try {
      return await post({ ...call, headers })
    } catch (error) {
      if (!isHeraldError(error, 'transport.refused')) throw error
      const more = await proofFor(error.facts as Refusal, envelope, options)
      // What was shown already is not asked for again: then the relay will not be satisfied.
      if (more === undefined || Object.keys(more).every((name) => name in headers)) throw error
      headers = { ...headers, ...more }
    }
  }
}
