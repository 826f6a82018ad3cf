/**
 * The base of every error Herald throws: a stable dotted code, the facts as fields, and what a retry would do.
 * Facts never hold message bytes, keys, or the owner of a mailbox (docs/errors.md).
 */

/**
 * What a caller may do with the same call:
 * - `never`: the same input fails again;
 * - `later`: the same call may succeed after a pause, nothing was lost;
 * - `refresh`: resolve the peer, the clock or the session anew first, then call again.
 */
export type RetryVerdict = 'never' | 'later' | 'refresh'

/** What an error class states about itself. */
export interface ErrorStatement<Facts> {
  /** `Folder.ClassName`, stable. */
  readonly name: string
  /** `folder.snake_case`, stable: programs switch on it. */
  readonly code: string
  readonly retry: RetryVerdict
  readonly message: string
  readonly facts: Facts
  readonly cause?: unknown
}

/** Every error that leaves Herald. */
export abstract class HeraldError<Facts extends object = object> extends Error {
  /** Stable dotted code, listed in docs/errors.md. */
  readonly code: string
  /** What a retry would do. */
  readonly retry: RetryVerdict
  /** The offending values and limits; never secret. */
  readonly facts: Facts

  constructor(statement: ErrorStatement<Facts>) {
    super(statement.message, statement.cause === undefined ? undefined : { cause: statement.cause })
    this.name = statement.name
    this.code = statement.code
    this.retry = statement.retry
    this.facts = statement.facts
  }
}

/** Tells whether a value is an error of Herald's, by its code when one is given. */
export function isHeraldError(value: unknown, code?: string): value is HeraldError {
  return value instanceof HeraldError && (code === undefined || value.code === code)
}

/** A text is not in the form it has to have (hexadecimal, base64, UTF-8). */
export class MalformedTextError extends HeraldError<{ expected: string; length: number | undefined }> {
  constructor(facts: { expected: string; length: number | undefined }) {
    const size = facts.length === undefined ? '' : ` of ${facts.length} bytes`
    super({
      name: 'Core.MalformedTextError',
      code: 'core.malformed_text',
      retry: 'never',
      message: `expected ${facts.expected}${size}`,
      facts,
    })
  }
}

/** A value given by the caller is not what the function takes. */
export class InvalidArgumentError extends HeraldError<{ argument: string; expected: string }> {
  constructor(facts: { argument: string; expected: string }) {
    super({
      name: 'Core.InvalidArgumentError',
      code: 'core.invalid_argument',
      retry: 'never',
      message: `${facts.argument} must be ${facts.expected}`,
      facts,
    })
  }
}

/** A secret was used after `destroy()`. */
export class SecretDestroyedError extends HeraldError {
  constructor() {
    super({
      name: 'Core.SecretDestroyedError',
      code: 'core.secret_destroyed',
      retry: 'never',
      message: 'the secret was destroyed',
      facts: {},
    })
  }
}
