/** What a call refuses with: its typed error. Anything else that it throws fails the test. */
import { HeraldError } from '../../src/core/errors.ts'

/** The error a function throws. */
export function refusal(call: () => unknown): HeraldError {
  try {
    call()
  } catch (error) {
    if (error instanceof HeraldError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

/** The code of the error a function throws. */
export function codeOf(call: () => unknown): string {
  return refusal(call).code
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<HeraldError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (outcome === undefined) throw new Error('expected a refusal')
  if (outcome.error instanceof HeraldError) return outcome.error
  throw outcome.error
}

/** The code of the error a promise rejects with. */
export async function rejectionCode(promise: Promise<unknown>): Promise<string> {
  return (await rejection(promise)).code
}
