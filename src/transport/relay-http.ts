/** HTTP calls to a relay: bounded in time and in the size of the answer; every failure is a `transport.*` error. */
import { fromUtf8 } from '../core/bytes.ts'
import type { RetryVerdict } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'
import { parseJson } from '../wire/json-text.ts'
import { maxStampBits } from '../wire/stamp.ts'
import {
  AbortedError,
  MalformedAnswerError,
  type Refusal,
  RefusedError,
  TimeoutError,
  UnreachableError,
} from './errors.ts'

/** One call. */
export interface RelayCall {
  /** The relay's URL, as its card names it. */
  readonly relay: string
  /** Path below it, `/v1/…`. */
  readonly path: string
  /** Bytes go as they are, an object goes as JSON. */
  readonly body: Uint8Array | object
  /** `POST` when left out. */
  readonly method?: 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMillis: Millis
  readonly signal?: AbortSignal | undefined
}

/** A JSON object as it came in: every field has to be looked at. */
export type Answer = Readonly<Record<string, unknown>>

const maxAnswerBytes = 65_536

/** The URL of a path at a relay. */
export function relayUrl(relay: string, path: string): string {
  return `${relay.replace(/\/+$/, '')}${path}`
}

/** What a status says about trying again: 401 needs a new session; the server's own trouble and 429 pass. */
function retryOf(status: number): RetryVerdict {
  if (status === 401) return 'refresh'
  return status >= 500 || status === 429 || status === 408 ? 'later' : 'never'
}

/**
 * Calls a relay and gives its answer.
 *
 * @throws UnreachableError, TimeoutError, RefusedError, MalformedAnswerError, or AbortedError
 */
export async function post(call: RelayCall): Promise<Answer> {
  const { relay, timeoutMillis, signal } = call
  const timeout = AbortSignal.timeout(timeoutMillis)
  try {
    const response = await fetch(relayUrl(relay, call.path), requestOf(call, timeout))
    return await readAnswer(relay, response)
  } catch (error) {
    if (error instanceof RefusedError || error instanceof MalformedAnswerError) throw error
    if (signal?.aborted) throw new AbortedError()
    if (timeout.aborted) throw new TimeoutError({ relay, millis: timeoutMillis })
    throw new UnreachableError({ relay }, error)
  }
}

function requestOf({ body, method = 'POST', headers, signal }: RelayCall, timeout: AbortSignal): RequestInit {
  const isBytes = body instanceof Uint8Array
  return {
    method,
    headers: { ...headers, 'content-type': isBytes ? 'application/octet-stream' : 'application/json' },
    body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
    // A relay does not send its clients elsewhere: the answer would come from nobody the card names.
    redirect: 'error',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }
}

async function readAnswer(relay: string, response: Response): Promise<Answer> {
  const answer = parseAnswer(relay, await readBounded(relay, response))
  if (response.ok) return answer
  const { status } = response
  const refusal = typeof answer['code'] === 'string' && /^[a-z_.]{1,64}$/.test(answer['code']) ? answer['code'] : ''
  const facts = { relay, status, refusal: refusal || `HTTP status ${status}`, ...demandsOf(answer) }
  throw new RefusedError(facts, retryOf(status))
}

/** What the relay asks for, in the bounds of SPEC §8.8: a sender does not work for whatever a relay makes up. */
function demandsOf({ code, facts }: Answer): Pick<Refusal, 'stampBits' | 'policy'> {
  const { bits, policy } = (facts ?? {}) as { bits?: unknown; policy?: unknown }
  if (code === 'relay.write_refused' && (policy === 'registered' || policy === 'contacts')) return { policy }
  const isAsked = code === 'relay.stamp_required' && typeof bits === 'number' && Number.isInteger(bits)
  return isAsked && bits >= 1 && bits <= maxStampBits ? { stampBits: bits } : {}
}

async function readBounded(relay: string, response: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(maxAnswerBytes)
  let length = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (length + chunk.length > maxAnswerBytes)
      throw new MalformedAnswerError({ relay, expected: `at most ${maxAnswerBytes} bytes` })
    bytes.set(chunk, length)
    length += chunk.length
  }
  return bytes.subarray(0, length)
}

/** Reads an answer's bytes. @throws MalformedAnswerError */
export function parseAnswer(relay: string, bytes: Uint8Array): Answer {
  try {
    const value = parseJson(fromUtf8(bytes), 'answer')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Answer
  } catch {
    // Falls through to the error.
  }
  throw new MalformedAnswerError({ relay, expected: 'a JSON object' })
}
