/** What the relay serves over HTTP, as a table (SPEC §8.5). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toBase64, toHex } from '../core/bytes.ts'
import type { MailboxId, Millis } from '../core/ids.ts'
import {
  defaultLeaseMillis,
  maxClockSkewMillis,
  maxEnvelopeBytes,
  maxLeaseCount,
  maxLeaseMillis,
  maxLeaseWaitMillis,
  maxLifetimeMillis,
} from '../core/limits.ts'
import { challengeBytes } from '../wire/challenge.ts'
import type { RelayContext } from './config.ts'
import { MethodNotAllowedError, NotFoundError, SessionInvalidError } from './errors.ts'
import { assertMediaType, readBody, readJson, sendJson } from './http-io.ts'
import type { LeasedMessage, LeaseOptions } from './mailbox/port.ts'
import { readAgent, readBytes, readCardId, readConsumer, readInteger, readSeqs } from './request-fields.ts'
import type { Sessions } from './sessions.ts'
import type { Submissions } from './submission.ts'
import { softwareVersion } from './version.ts'

/** What handlers need. */
export interface Services {
  readonly context: RelayContext
  readonly submissions: Submissions
  readonly sessions: Sessions
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

type Handler = (services: Services, exchange: Exchange) => Promise<void> | void

const maxJsonBytes = 16_384
/** A lease answer stops growing here; the client asks again for the rest. */
const maxLeaseAnswerBytes = 4_194_304
/** Messages leased in one step, so that an answer exceeds its bound by few. */
const leaseStep = 4

async function submitEnvelope({ submissions }: Services, { request, response }: Exchange): Promise<void> {
  submissions.admit(request.socket.remoteAddress ?? '')
  assertMediaType(request, 'application/octet-stream')
  const { receipt, duplicate } = await submissions.accept(await readBody(request, maxEnvelopeBytes))
  sendJson(response, duplicate ? 200 : 201, { receipt: toBase64(receipt), duplicate })
}

async function createChallenge({ sessions }: Services, { request, response }: Exchange): Promise<void> {
  sessions.admit(request.socket.remoteAddress ?? '')
  const body = await readJson(request, maxJsonBytes)
  sendJson(response, 201, { challenge: toBase64(sessions.challenge(readAgent(body), readCardId(body))) })
}

async function createSession({ sessions }: Services, { request, response }: Exchange): Promise<void> {
  sessions.admit(request.socket.remoteAddress ?? '')
  const body = await readJson(request, maxJsonBytes)
  const answer = {
    agent: readAgent(body),
    cardId: readCardId(body),
    challenge: readBytes(body, 'challenge', challengeBytes),
    signature: readBytes(body, 'signature', 64),
  }
  sendJson(response, 201, await sessions.open(answer))
}

/** The mailbox a request may read. @throws SessionInvalidError */
async function authorize({ sessions }: Services, request: IncomingMessage): Promise<MailboxId> {
  const [, token] = /^Bearer ([!-~]+)$/.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) throw new SessionInvalidError()
  return (await sessions.verify(token)).mailbox
}

/** Waits until a mailbox may have something, the time is over, the client is gone, or the relay closes. */
function waitForMail(
  context: RelayContext,
  mailbox: MailboxId,
  response: ServerResponse,
  millis: Millis,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      stopListening()
      response.off('close', finish)
      context.closing.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, millis)
    const stopListening = context.mailbox.wake(mailbox, finish)
    response.once('close', finish)
    context.closing.addEventListener('abort', finish)
  })
}

/** Leases up to a number of messages, and no more once they amount to a few MiB. */
async function leaseUpTo(
  { mailbox: store, ambient }: RelayContext,
  mailbox: MailboxId,
  { consumer, count, leaseMillis }: Omit<LeaseOptions, 'now'>,
): Promise<LeasedMessage[]> {
  const leased: LeasedMessage[] = []
  for (let bytes = 0; leased.length < count && bytes < maxLeaseAnswerBytes; ) {
    const step = Math.min(leaseStep, count - leased.length)
    const more = await store.lease(mailbox, { consumer, count: step, leaseMillis, now: ambient.now() })
    leased.push(...more)
    bytes += more.reduce((sum, { body }) => sum + body.length, 0)
    if (more.length < step) break
  }
  return leased
}

async function leaseMessages(services: Services, { request, response }: Exchange): Promise<void> {
  const mailbox = await authorize(services, request)
  const body = await readJson(request, maxJsonBytes)
  const { context } = services
  const consumer = readConsumer(body)
  const count = readInteger(body, 'count', { min: 1, max: maxLeaseCount, fallback: 32 })
  const leaseMillis = readInteger(body, 'leaseMillis', { min: 1, max: maxLeaseMillis, fallback: defaultLeaseMillis })
  const waitMillis = readInteger(body, 'waitMillis', { min: 0, max: maxLeaseWaitMillis, fallback: 0 })
  const lease = () => leaseUpTo(context, mailbox, { consumer, count, leaseMillis })
  let leased = await lease()
  if (leased.length === 0 && waitMillis > 0 && !context.closing.aborted) {
    await waitForMail(context, mailbox, response, waitMillis)
    if (!response.destroyed) leased = await lease()
  }
  sendJson(response, 200, { messages: leased.map(toJson) })
}

function toJson({ seq, attempt, leasedUntil, body }: LeasedMessage): object {
  return { seq, attempt, leasedUntil, envelope: toBase64(body) }
}

function settle(method: 'ack' | 'release'): Handler {
  return async (services, { request, response }) => {
    const mailbox = await authorize(services, request)
    const body = await readJson(request, maxJsonBytes)
    const consumer = readConsumer(body)
    const count = await services.context.mailbox[method](mailbox, consumer, readSeqs(body, maxLeaseCount))
    sendJson(response, 200, { count })
  }
}

function describeRelay({ context }: Services, { response }: Exchange): void {
  const { maxMailboxMessages, maxMailboxBytes } = context.limits
  sendJson(response, 200, {
    relayKey: toHex(context.publicKey),
    origin: context.origin,
    software: `herald/${softwareVersion}`,
    limits: {
      maxEnvelopeBytes,
      maxLifetimeMillis,
      maxClockSkewMillis,
      maxLeaseCount,
      maxLeaseMillis,
      maxLeaseWaitMillis,
      maxMailboxMessages,
      maxMailboxBytes,
    },
  })
}

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/v1/envelopes': { POST: submitEnvelope },
  '/v1/challenges': { POST: createChallenge },
  '/v1/sessions': { POST: createSession },
  '/v1/lease': { POST: leaseMessages },
  '/v1/acknowledge': { POST: settle('ack') },
  '/v1/release': { POST: settle('release') },
  '/v1/relay': { GET: describeRelay },
  '/v1/time': { GET: ({ context }, { response }) => sendJson(response, 200, { now: context.ambient.now() }) },
  '/healthz': { GET: (_services, { response }) => sendJson(response, 200, { status: 'ok' }) },
}

/** Handles one request. @throws HeraldError, or anything when the relay is at fault */
export async function handleRequest(services: Services, exchange: Exchange): Promise<void> {
  const path = (exchange.request.url ?? '').split('?')[0] ?? ''
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (methods === undefined) throw new NotFoundError()
  const { method = '' } = exchange.request
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (handler === undefined) throw new MethodNotAllowedError({ allowed: Object.keys(methods).join(', ') })
  await handler(services, exchange)
}
