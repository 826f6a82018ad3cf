/** Submitting much at once, and what became of it. */
import { verifyAcceptance } from '../../../src/anchor/verify-acceptance.ts'
import { digestOf, post } from './owners.ts'

/** What a relay gave its word for. */
export interface Accepted {
  readonly seq: number
  readonly receipt: Uint8Array
  readonly duplicate: boolean
}

/** Submits an envelope. Gives nothing when there was no answer, or a refusal. @throws when a receipt is not good */
export async function submit(url: string, envelope: Uint8Array): Promise<Accepted | undefined> {
  const answer = await post(`${url}/v1/envelopes`, envelope).catch(() => undefined)
  if (answer === undefined || (answer.status !== 200 && answer.status !== 201)) return undefined
  const receipt = Uint8Array.from(Buffer.from(String(answer.body['receipt']), 'base64'))
  const verified = verifyAcceptance(receipt, { envelope })
  if (verified.faults.length > 0) throw new Error(`a receipt with faults: ${verified.faults}`)
  return { seq: verified.receipt.seq, receipt, duplicate: answer.status === 200 }
}

/** Submits envelopes, many at a time, and gives those that were accepted by digest. */
export async function submitAll(
  url: string,
  envelopes: Iterable<Uint8Array>,
  { concurrency = 32, onAccepted = (_count: number): void => {} } = {},
): Promise<Map<string, Accepted>> {
  const accepted = new Map<string, Accepted>()
  const waiting = envelopes[Symbol.iterator]()
  const work = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const outcome = await submit(url, next.value)
      if (outcome === undefined) continue
      accepted.set(digestOf(next.value), outcome)
      onAccepted(accepted.size)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return accepted
}
