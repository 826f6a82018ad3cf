/** Errors as they leave the relay: problem details (RFC 9457) with a stable code. Causes and stacks stay here. */
import { type HeraldError, isHeraldError } from '../core/errors.ts'
import { InternalError } from './errors.ts'

/** An error as a client gets it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly retry: HeraldError['retry']
  readonly facts: object
}

const statuses: Readonly<Record<string, number>> = {
  'relay.expired': 410,
  'relay.rate_limited': 429,
  'relay.mailbox_full': 507,
  'relay.shelf_full': 507,
  'relay.storage_full': 507,
  'relay.body_too_large': 413,
  'relay.not_found': 404,
  'relay.method_not_allowed': 405,
  'relay.unauthorized': 401,
  'relay.challenge_invalid': 401,
  'relay.session_invalid': 401,
  'relay.write_refused': 403,
  'relay.stamp_required': 403,
  'relay.directory_unavailable': 503,
  'relay.shutting_down': 503,
  'relay.store_failed': 503,
  'relay.store_closed': 503,
  'relay.internal': 500,
  'wire.too_large': 413,
}

/** Makes any thrown value one of Herald's errors. */
export function asHeraldError(error: unknown): HeraldError {
  return isHeraldError(error) ? error : new InternalError(error)
}

/** The problem details of an error; its status is 400 for what is wrong with the request itself. */
export function problemOf({ code, message, retry, facts }: HeraldError): Problem {
  const status = statuses[code] ?? 400
  return { type: `urn:herald:error:${code}`, title: message, status, code, retry, facts }
}
