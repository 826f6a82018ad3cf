/** What decoding can find wrong. Facts name the structure and the limit, never the bytes. */
import { HeraldError } from '../core/errors.ts'

/** The bytes end before the structure does. */
export class TruncatedError extends HeraldError<{ structure: string; needed: number; available: number }> {
  constructor(facts: { structure: string; needed: number; available: number }) {
    super({
      name: 'Wire.TruncatedError',
      code: 'wire.truncated',
      retry: 'never',
      message: `${facts.structure} ends early: ${facts.needed} bytes needed, ${facts.available} left`,
      facts,
    })
  }
}

/** Bytes are left over after the structure. */
export class TrailingBytesError extends HeraldError<{ structure: string; trailing: number }> {
  constructor(facts: { structure: string; trailing: number }) {
    super({
      name: 'Wire.TrailingBytesError',
      code: 'wire.trailing_bytes',
      retry: 'never',
      message: `${facts.structure} is followed by ${facts.trailing} bytes that do not belong to it`,
      facts,
    })
  }
}

/** A structure or a field of it is longer than its limit. Checked before anything is allocated. */
export class TooLargeError extends HeraldError<{ structure: string; length: number; limit: number }> {
  constructor(facts: { structure: string; length: number; limit: number }) {
    super({
      name: 'Wire.TooLargeError',
      code: 'wire.too_large',
      retry: 'never',
      message: `${facts.structure} has ${facts.length} bytes, at most ${facts.limit} are allowed`,
      facts,
    })
  }
}

/** The version byte is not one this code speaks. */
export class UnknownVersionError extends HeraldError<{ structure: string; version: number; supported: number }> {
  constructor(facts: { structure: string; version: number; supported: number }) {
    super({
      name: 'Wire.UnknownVersionError',
      code: 'wire.unknown_version',
      retry: 'never',
      message: `${facts.structure} has version ${facts.version}, this code speaks ${facts.supported}`,
      facts,
    })
  }
}

/** The suite is not one this code knows (SPEC §1.4). */
export class UnknownSuiteError extends HeraldError<{ structure: string; suite: number }> {
  constructor(facts: { structure: string; suite: number }) {
    super({
      name: 'Wire.UnknownSuiteError',
      code: 'wire.unknown_suite',
      retry: 'never',
      message: `${facts.structure} names the unknown suite 0x${facts.suite.toString(16).padStart(4, '0')}`,
      facts,
    })
  }
}

/** A field holds a value that the structure does not allow. */
export class MalformedFieldError extends HeraldError<{ structure: string; field: string; expected: string }> {
  constructor(facts: { structure: string; field: string; expected: string }) {
    super({
      name: 'Wire.MalformedFieldError',
      code: 'wire.malformed_field',
      retry: 'never',
      message: `${facts.structure}: ${facts.field} must be ${facts.expected}`,
      facts,
    })
  }
}
