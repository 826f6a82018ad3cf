/** A transport whose answers a test gives: every submission waits until it is accepted or refused. */
import { HeraldError, type RetryVerdict } from '../../src/core/errors.ts'
import type { Acceptance, Transport } from '../../src/transport/port.ts'

/** One envelope handed to the transport. */
export interface Submission {
  readonly envelope: Uint8Array
  readonly relays: readonly string[]
  /** Whether it was answered or aborted. */
  readonly settled: boolean
  /** Gives the relay's word. */
  accept(): Acceptance
  /** Fails the attempt. */
  refuse(error: unknown): void
}

/** A transport under a test's control. */
export interface FakeTransport extends Transport {
  /** All submissions so far, in the order they came. */
  readonly submissions: readonly Submission[]
  /** The next submission that `next` did not give yet. */
  next(): Promise<Submission>
}

/** A failure with the verdict a test needs. */
export class FakeTransportError extends HeraldError<object> {
  constructor(retry: RetryVerdict) {
    super({ name: 'Transport.FakeError', code: `transport.fake_${retry}`, retry, message: `try ${retry}`, facts: {} })
  }
}

class PendingSubmission implements Submission {
  readonly answer = Promise.withResolvers<Acceptance>()
  readonly envelope: Uint8Array
  readonly relays: readonly string[]
  settled = false

  constructor(envelope: Uint8Array, relays: readonly string[], signal: AbortSignal | undefined) {
    this.envelope = envelope
    this.relays = relays
    signal?.addEventListener('abort', () => this.refuse(new FakeTransportError('later')))
  }

  accept(): Acceptance {
    const acceptance = { relay: this.relays[0] ?? '', receipt: new Uint8Array(224), duplicate: false }
    this.settled = true
    this.answer.resolve(acceptance)
    return acceptance
  }

  refuse(error: unknown): void {
    this.settled = true
    this.answer.reject(error)
  }
}

/** @param onSubmit called before a submission is listed */
export function fakeTransport(onSubmit: () => Promise<void> = async () => {}): FakeTransport {
  const submissions: PendingSubmission[] = []
  const wakers = new Set<() => void>()
  let given = 0
  return {
    submissions,
    async next() {
      const place = given++
      while (submissions.length <= place) await new Promise<void>((wake) => wakers.add(wake))
      return submissions[place] as Submission
    },
    async submit(envelope, relays, options = {}) {
      await onSubmit()
      const submission = new PendingSubmission(envelope, relays, options.signal)
      submissions.push(submission)
      for (const wake of wakers) wake()
      wakers.clear()
      return submission.answer.promise
    },
    configure: async () => {},
    openInbox: async () => {
      throw new FakeTransportError('never')
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
