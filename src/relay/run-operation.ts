/** Runs an operation for whoever calls, by whatever way: counted against a rate, timed, traced, its failures logged. */
import { HeraldError } from '../core/errors.ts'
import type { Answer, Call, Operation } from './api/operation.ts'
import type { RelayContext } from './config.ts'
import { asHeraldError, problemOf } from './problem.ts'

/** @throws RateLimitedError, or SessionInvalidError for what only an owner may call */
async function admit({ rate, access }: Operation, call: Call): Promise<void> {
  const { admission } = call.services
  if (rate === 'submit') admission.takeSubmit(call.address)
  if (rate === 'login') admission.takeSession(call.address)
  if (rate === 'lookup') admission.takeLookup(call.address)
  if (access === 'owner') admission.takeCall((await call.session()).id)
}

/** Logs what is the relay's own trouble; what is wrong with a request is its sender's. */
export function logFailure(context: RelayContext, error: HeraldError): void {
  const cause = error.cause as { code?: unknown } | undefined
  if (error.code === 'relay.directory_unavailable' && typeof cause?.code === 'string')
    context.log({ level: 'warn', event: 'directory.unavailable', code: cause.code })
  if (error.code === 'relay.internal' || error.code.startsWith('relay.stor'))
    context.log({ level: 'error', event: 'request.failed', code: error.code })
}

/** Logs what of many outcomes is the relay's own trouble, each error once. */
export function logFailures(context: RelayContext, outcomes: readonly object[]): void {
  for (const outcome of new Set(outcomes)) if (outcome instanceof HeraldError) logFailure(context, outcome)
}

/**
 * Runs an operation that was admitted.
 *
 * @param read gives the parameters
 * @throws HeraldError
 */
export async function runOperation(
  operation: Operation,
  call: Call,
  read: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Answer> {
  const { context, metrics } = call.services
  const began = performance.now()
  let status = 0
  try {
    const answer = await context.span(`herald.relay.${operation.id}`, async () => {
      await admit(operation, call)
      return operation.run(call, await read())
    })
    status = answer.status
    return answer
  } catch (thrown) {
    const error = asHeraldError(thrown)
    status = problemOf(error).status
    metrics.refused.add(1, { code: error.code })
    logFailure(context, error)
    throw error
  } finally {
    const labels = { operation: operation.id, status: String(status) }
    metrics.requests.observe((performance.now() - began) / 1000, labels)
  }
}
