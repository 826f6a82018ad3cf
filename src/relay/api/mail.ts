/** Operations on mail: handing it in, taking it on lease, giving leases back, reading on. */
import { toBase64 } from '../../core/bytes.ts'
import { HeraldError } from '../../core/errors.ts'
import type { MailboxId, Millis } from '../../core/ids.ts'
import {
  defaultLeaseMillis,
  maxEnvelopeBytes,
  maxLeaseCount,
  maxLeaseWaitMillis,
  maxSubmitCount,
} from '../../core/limits.ts'
import { acceptAll, type Outcome, type Proof, type Sender } from '../accept.ts'
import type { RelayContext } from '../config.ts'
import type { LeasedMessage } from '../mailbox/port.ts'
import { problemOf } from '../problem.ts'
import { logFailures } from '../run-operation.ts'
import type { Accepted } from '../submission.ts'
import {
  batchOutcome,
  consumer,
  count,
  delivery,
  envelope,
  leaseMillis,
  receipt,
  seqs,
  stamp,
  writeToken,
} from './fields.ts'
import { type Call, forAnyone, forOwner, type Operation } from './operation.ts'
import { boolean, integer, list, object, optional, withDefault } from './schema.ts'

/** A lease answer stops growing here; the client asks again for the rest. */
const maxLeaseAnswerBytes = 4_194_304
/** A batch's JSON body is at most this long. */
const maxBatchBytes = 4_194_304

const proofFields = { token: optional(writeToken), stamp: optional(stamp) }
const accepted = object({ receipt, duplicate: boolean })

function proofOf(call: Call, { token, stamp: nonce }: { token?: unknown; stamp?: unknown }): Proof {
  return {
    token: token as Uint8Array | undefined,
    stamp: nonce as Uint8Array | undefined,
    session: call.hasSession ? call.session : undefined,
  }
}

/** The call as a whole was counted as one message before its body was read. */
function countedOnce({ address }: Call): Sender {
  return { address, counted: 1 }
}

function outcomeJson(outcome: Outcome): object {
  if (outcome instanceof HeraldError) return { problem: problemOf(outcome) }
  return { receipt: toBase64(outcome.receipt), duplicate: outcome.duplicate }
}

const submit = forAnyone({
  id: 'submit',
  method: 'POST',
  path: '/v1/envelopes',
  summary:
    'Hands an envelope in. The receipt is signed once it is on disk; the same bytes get the same arrival number.',
  rate: 'submit',
  params: object({ envelope, ...proofFields }),
  octets: {
    field: 'envelope',
    maxBytes: maxEnvelopeBytes,
    headers: { token: 'herald-token', stamp: 'herald-stamp' },
  },
  answers: {
    201: { says: 'accepted', body: accepted },
    200: { says: 'accepted before', body: accepted },
  },
  async run(call, { envelope: bytes, ...proof }) {
    const submissions = [{ envelope: bytes, proof: proofOf(call, proof) }]
    const [outcome] = await acceptAll(call.services, submissions, countedOnce(call))
    if (outcome instanceof HeraldError) throw outcome
    const { receipt: signed, duplicate } = outcome as Accepted
    return { status: duplicate ? 200 : 201, body: { receipt: toBase64(signed), duplicate } }
  },
})

const submitBatch = forAnyone({
  id: 'submitBatch',
  method: 'POST',
  path: '/v1/envelopes/batch',
  summary: 'Hands many envelopes in. Each is accepted or refused by itself; outcomes stand in the order of the items.',
  rate: 'submit',
  maxBytes: maxBatchBytes,
  params: object({ items: list(object({ envelope, ...proofFields }), 1, maxSubmitCount) }),
  answers: { 200: { says: 'an outcome for each', body: object({ outcomes: list(batchOutcome, 1, maxSubmitCount) }) } },
  async run(call, { items }) {
    const submissions = items.map(({ envelope: bytes, ...proof }) => ({ envelope: bytes, proof: proofOf(call, proof) }))
    const outcomes = await acceptAll(call.services, submissions, countedOnce(call))
    logFailures(call.services.context, outcomes)
    return { outcomes: outcomes.map(outcomeJson) }
  },
})

/** Waits until a mailbox may have something, the time is over, the client is gone, or the relay closes. */
function waitForMail(context: RelayContext, mailbox: MailboxId, signal: AbortSignal, millis: Millis): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      stopListening()
      signal.removeEventListener('abort', finish)
      context.closing.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, millis)
    const stopListening = context.mailbox.wake(mailbox, finish)
    signal.addEventListener('abort', finish)
    context.closing.addEventListener('abort', finish)
  })
}

/** Takes what there is, or what comes in time. It listens before it looks: mail that comes meanwhile is not missed. */
async function takeOrWait(
  context: RelayContext,
  { mailbox, signal, waitMillis }: { mailbox: MailboxId; signal: AbortSignal; waitMillis: Millis },
  take: () => Promise<readonly LeasedMessage[]>,
): Promise<readonly LeasedMessage[]> {
  const stop = new AbortController()
  const mail = waitForMail(context, mailbox, AbortSignal.any([signal, stop.signal]), waitMillis)
  try {
    const leased = await take()
    if (leased.length > 0 || context.closing.aborted) return leased
    await mail
    return signal.aborted ? [] : await take()
  } finally {
    stop.abort()
  }
}

function toJson({ seq, attempt, leasedUntil, body }: LeasedMessage): object {
  return { seq, attempt, leasedUntil, envelope: toBase64(body) }
}

const lease = forOwner({
  id: 'lease',
  method: 'POST',
  path: '/v1/lease',
  summary: 'Takes messages on lease, highest class first; waits for mail when there is none and it is asked to.',
  rate: 'call',
  params: object({
    consumer,
    count: withDefault(integer(1, maxLeaseCount), 32),
    leaseMillis: withDefault(leaseMillis, defaultLeaseMillis),
    waitMillis: withDefault(integer(0, maxLeaseWaitMillis), 0),
  }),
  answers: { 200: { says: 'the messages', body: object({ messages: list(delivery, 0, maxLeaseCount) }) } },
  async run({ services, mailbox, signal }, { waitMillis, ...options }) {
    const { context, metrics } = services
    const { mailbox: store, ambient } = context
    const take = () => store.lease(mailbox, { ...options, maxBytes: maxLeaseAnswerBytes, now: ambient.now() })
    const leased = waitMillis === 0 ? await take() : await takeOrWait(context, { mailbox, signal, waitMillis }, take)
    metrics.delivered.add(leased.length)
    return { messages: leased.map(toJson) }
  },
})

const counted = { 200: { says: 'how many there were', body: object({ count }) } }

const extend = forOwner({
  id: 'extend',
  method: 'POST',
  path: '/v1/extend',
  summary: 'Makes leases end no earlier than `leaseMillis` from now. Counts those that the consumer still held.',
  rate: 'call',
  params: object({ consumer, seqs, leaseMillis: withDefault(leaseMillis, defaultLeaseMillis) }),
  answers: counted,
  async run({ services, mailbox }, params) {
    const { mailbox: store, ambient } = services.context
    const until = ambient.now() + params.leaseMillis
    return { count: await store.extend(mailbox, params.consumer, params.seqs, until) }
  },
})

const acknowledge = forOwner({
  id: 'acknowledge',
  method: 'POST',
  path: '/v1/acknowledge',
  summary: 'Ends leases for good: the relay forgets these messages. Durable when answered.',
  rate: 'call',
  params: object({ consumer, seqs }),
  answers: counted,
  async run({ services: { context, metrics }, mailbox }, params) {
    const done = await context.mailbox.ack(mailbox, params.consumer, params.seqs)
    metrics.acknowledged.add(done)
    return { count: done }
  },
})

const release = forOwner({
  id: 'release',
  method: 'POST',
  path: '/v1/release',
  summary: 'Gives leases back: the messages can be had at once by whoever asks next.',
  rate: 'call',
  params: object({ consumer, seqs }),
  answers: counted,
  async run({ services, mailbox }, params) {
    return { count: await services.context.mailbox.release(mailbox, params.consumer, params.seqs) }
  },
})

/** All of them. */
export const mailOperations: readonly Operation[] = [submit, submitBatch, lease, extend, acknowledge, release]
