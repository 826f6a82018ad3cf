/**
 * Fields of the relay's API: each knows how to read a JSON value, and says the same as JSON Schema (2020-12), from
 * which the OpenAPI document is made. `test/relay/api/schema.test.ts` holds the two against an independent validator.
 */
import { MalformedRequestError } from '../errors.ts'

/** A JSON Schema, as far as this API needs it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** One kind of value. */
export interface Schema<T> {
  readonly json: JsonSchema
  /** What a value has to be, for errors. */
  readonly expected: string
  /** What is taken when the value is left out; `optional` alone takes nothing. */
  readonly optional?: boolean
  readonly fallback?: T
  /** The value read; nothing when it is not one of this kind. */
  read(value: unknown): T | undefined
}

/** The type a schema reads. */
export type Read<S> = S extends Schema<infer T> ? T : never

/** An integer. */
export function integer(min: number, max: number, description?: string): Schema<number> {
  return {
    json: { type: 'integer', minimum: min, maximum: max, ...(description && { description }) },
    expected: `an integer from ${min} to ${max}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  }
}

/** Text of a form. @param pattern anchored, without flags, safe on long texts */
export function text(pattern: RegExp, maxLength: number, expected: string): Schema<string> {
  return {
    json: { type: 'string', pattern: pattern.source, maxLength, description: expected },
    expected,
    read: (value) =>
      typeof value === 'string' && value.length <= maxLength && pattern.test(value) ? value : undefined,
  }
}

/** A schema whose value is made into something else. @param convert throws when it cannot be */
export function converted<T, U>(schema: Schema<T>, convert: (value: T) => U): Schema<U> {
  const read = (value: unknown) => {
    const plain = schema.read(value)
    try {
      return plain === undefined ? undefined : convert(plain)
    } catch {
      return undefined
    }
  }
  return { json: schema.json, expected: schema.expected, read }
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Schema<Word> {
  return {
    json: { type: 'string', enum: words },
    expected: `one of ${words.join(', ')}`,
    read: (value) => words.find((word) => word === value),
  }
}

/** True or false. */
export const boolean: Schema<boolean> = {
  json: { type: 'boolean' },
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
}

const fours = '(?:[A-Za-z0-9+/]{4})*'
/** How base64 of so many bytes ends, by what is left of them after threes; the unused bits of its last digit are zero. */
const endings = ['', '[A-Za-z0-9+/][AQgw]==', '[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]='] as const

/** How many characters base64 takes for so many bytes. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

function base64Of(min: number, max: number, ending: string, expected: string): Schema<Uint8Array> {
  const maxLength = base64Length(max)
  return {
    json: {
      type: 'string',
      contentEncoding: 'base64',
      pattern: `^${fours}${ending}$`,
      minLength: base64Length(min),
      maxLength,
      description: expected,
    },
    expected,
    read: (value) => {
      if (typeof value !== 'string' || value.length > maxLength) return undefined
      const bytes = Buffer.from(value, 'base64')
      const isCanonical = bytes.length >= min && bytes.length <= max && bytes.toString('base64') === value
      return isCanonical ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : undefined
    },
  }
}

/** So many bytes in base64 (RFC 4648 §4). */
export function fixedBase64(bytes: number): Schema<Uint8Array> {
  return base64Of(bytes, bytes, endings[bytes % 3] ?? '', `${bytes} bytes in base64`)
}

/**
 * One byte or more in base64 (RFC 4648 §4).
 *
 * @param max bytes; rounded up to a multiple of 3, since the length of the text tells no more
 */
export function base64(max: number): Schema<Uint8Array> {
  const most = Math.ceil(max / 3) * 3
  return base64Of(1, most, `(?:${endings[1]}|${endings[2]})?`, `1 to ${most} bytes in base64`)
}

/** Lower-case `0x` hexadecimal. */
export function hex<Id extends string>(bytes: number): Schema<Id> {
  const length = 2 + 2 * bytes
  return text(
    new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`),
    length,
    `${bytes} bytes of lower-case 0x hexadecimal`,
  ) as Schema<never> as Schema<Id>
}

/** A list. */
export function list<T>(item: Schema<T>, min: number, max: number): Schema<readonly T[]> {
  return {
    json: { type: 'array', items: item.json, minItems: min, maxItems: max },
    expected: `a list of ${min} to ${max}, each ${item.expected}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return undefined
      const items = value.map((one: unknown) => item.read(one))
      return items.includes(undefined) ? undefined : (items as T[])
    },
  }
}

/** A field that may be left out. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { ...schema, optional: true }
}

/** A field that counts as something when it is left out. */
export function withDefault<T>(schema: Schema<T>, fallback: T): Schema<T> {
  return { ...schema, optional: true, fallback, json: { ...schema.json, default: fallback } }
}

/** The fields of an object, in order. */
export type Fields = Readonly<Record<string, Schema<unknown>>>

/** What fields read to. */
export type ReadFields<F extends Fields> = { readonly [Name in keyof F]: Read<F[Name]> }

/** An object of some fields and no others. */
export interface ObjectSchema<F extends Fields = Fields> extends Schema<ReadFields<F>> {
  readonly fields: F
  /** Like `read`. @throws MalformedRequestError that names the field */
  parse(value: unknown): ReadFields<F>
}

const plainName = /^[\w-]{1,64}$/

function readField(name: string, schema: Schema<unknown>, given: Readonly<Record<string, unknown>>): unknown {
  if (schema.optional && (!Object.hasOwn(given, name) || given[name] === undefined)) return schema.fallback
  const value = Object.hasOwn(given, name) ? schema.read(given[name]) : undefined
  if (value === undefined) throw new MalformedRequestError({ field: name, expected: schema.expected })
  return value
}

function parseFields(fields: Fields, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedRequestError({ field: 'body', expected: 'a JSON object' })
  const given = value as Readonly<Record<string, unknown>>
  const values = Object.entries(fields).map(([name, schema]) => [name, readField(name, schema, given)] as const)
  const extra = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
  if (extra !== undefined)
    throw new MalformedRequestError({
      field: plainName.test(extra) ? extra : 'a field of unusual name',
      expected: 'absent',
    })
  return Object.fromEntries(values)
}

/** An object of these fields and no others. */
export function object<F extends Fields>(fields: F, description?: string): ObjectSchema<F> {
  const required = Object.keys(fields).filter((name) => !fields[name]?.optional)
  const parse = (value: unknown) => parseFields(fields, value) as ReadFields<F>
  return {
    fields,
    json: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(fields).map(([name, { json }]) => [name, json])),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
      ...(description && { description }),
    },
    expected: 'an object',
    parse,
    read: (value) => {
      try {
        return parse(value)
      } catch {
        return undefined
      }
    },
  }
}
