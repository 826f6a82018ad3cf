/** What a store can find wrong. Facts name the place and the limit, never a key or a value of a row. */
import { HeraldError } from '../core/errors.ts'

/** A row's key or a scan's bound is not printable ASCII of the right length. */
export class InvalidKeyError extends HeraldError<{ argument: string; length: number; limit: number }> {
  constructor(facts: { argument: string; length: number; limit: number }) {
    super({
      name: 'Store.InvalidKeyError',
      code: 'store.invalid_key',
      retry: 'never',
      message: `${facts.argument} must be printable ASCII of at most ${facts.limit} characters, got ${facts.length}`,
      facts,
    })
  }
}

/** A scan asks for too few or too many rows. */
export class InvalidLimitError extends HeraldError<{ limit: number; min: number; max: number }> {
  constructor(facts: { limit: number; min: number; max: number }) {
    super({
      name: 'Store.InvalidLimitError',
      code: 'store.invalid_limit',
      retry: 'never',
      message: `a scan takes ${facts.min} to ${facts.max} rows, asked for ${facts.limit}`,
      facts,
    })
  }
}

/** A value is longer than a row can hold. */
export class ValueTooLargeError extends HeraldError<{ length: number; limit: number }> {
  constructor(facts: { length: number; limit: number }) {
    super({
      name: 'Store.ValueTooLargeError',
      code: 'store.value_too_large',
      retry: 'never',
      message: `a value has ${facts.length} bytes, at most ${facts.limit} are stored`,
      facts,
    })
  }
}

/** The store was disposed of. */
export class StoreClosedError extends HeraldError<{ path: string | undefined }> {
  constructor(facts: { path: string | undefined }) {
    super({
      name: 'Store.StoreClosedError',
      code: 'store.closed',
      retry: 'never',
      message: 'the store is closed',
      facts,
    })
  }
}

/** Another process, or another store in this one, has the file open. */
export class StoreLockedError extends HeraldError<{ path: string }> {
  constructor(facts: { path: string }) {
    super({
      name: 'Store.StoreLockedError',
      code: 'store.locked',
      retry: 'later',
      message: `${facts.path} is open elsewhere; one process at a time may use a store`,
      facts,
    })
  }
}

/** The file is damaged, or is no database. */
export class StoreCorruptError extends HeraldError<{ path: string }> {
  constructor(facts: { path: string }, cause?: unknown) {
    super({
      name: 'Store.StoreCorruptError',
      code: 'store.corrupt',
      retry: 'never',
      message: `${facts.path} is damaged or no store; nothing in it was changed`,
      facts,
      cause,
    })
  }
}

/** The file is a database of another program, or of a version of Herald this code does not know. */
export class UnknownSchemaError extends HeraldError<{
  path: string
  application: number
  version: number
  supported: number
}> {
  constructor(facts: { path: string; application: number; version: number; supported: number }) {
    super({
      name: 'Store.UnknownSchemaError',
      code: 'store.unknown_schema',
      retry: 'never',
      message: `${facts.path} has schema version ${facts.version}, this code knows ${facts.supported}`,
      facts,
    })
  }
}

/** The disk is full; the change was not made. */
export class StoreFullError extends HeraldError<{ path: string }> {
  constructor(facts: { path: string }, cause?: unknown) {
    super({
      name: 'Store.StoreFullError',
      code: 'store.full',
      retry: 'later',
      message: `no room on the disk for ${facts.path}`,
      facts,
      cause,
    })
  }
}

/** The file cannot be opened, read or written. */
export class StoreUnavailableError extends HeraldError<{ path: string; reason: string }> {
  constructor(facts: { path: string; reason: string }, cause?: unknown) {
    super({
      name: 'Store.StoreUnavailableError',
      code: 'store.unavailable',
      retry: 'later',
      message: `${facts.path} cannot be used: ${facts.reason}`,
      facts,
      cause,
    })
  }
}
