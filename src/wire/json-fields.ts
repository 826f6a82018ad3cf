/**
 * Reads the fields of a JSON object strictly: all there, none too many, each of one type, length and spelling. Errors
 * name the structure and the field (`anchor.root`), never a value.
 */
import { fromBase64, type Hex } from '../core/bytes.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'

const hexText = /^0x(?:[0-9a-f]{2})*$/
const plainName = /^[\w-]{1,64}$/

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of one object, read one by one. */
export class JsonFields {
  readonly #structure: string
  readonly #path: string
  readonly #values: Record<string, unknown>

  /**
   * @param structure its name, for errors
   * @param path of this object within it, empty for the outermost
   * @param names every field it has, in order
   * @throws MalformedFieldError when it is no object, or a field is missing or unknown
   */
  constructor(structure: string, path: string, value: unknown, names: readonly string[]) {
    this.#structure = structure
    this.#path = path
    if (!isRecord(value)) throw this.#malformed(path || 'outermost value', 'an object')
    this.#values = value
    for (const name of names) if (!Object.hasOwn(value, name)) throw this.#malformed(this.#at(name), 'present')
    for (const name of Object.keys(value))
      if (!names.includes(name))
        throw this.#malformed(plainName.test(name) ? this.#at(name) : 'a field of unusual name', 'absent')
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #malformed(field: string, expected: string): MalformedFieldError {
    return new MalformedFieldError({ structure: this.#structure, field, expected })
  }

  #hex(field: string, value: unknown, expected: string): Hex {
    if (typeof value !== 'string' || !hexText.test(value)) throw this.#malformed(field, expected)
    return value as Hex
  }

  /** Bytes of a fixed length in lower-case hexadecimal. */
  fixed<Id extends Hex>(name: string, bytes: number): Id {
    const expected = `${bytes} bytes of lower-case 0x hexadecimal`
    const text = this.#hex(this.#at(name), this.#values[name], expected)
    if (text.length !== 2 + 2 * bytes) throw this.#malformed(this.#at(name), expected)
    return text as Id
  }

  /** Bytes of any length up to a limit in lower-case hexadecimal. @throws TooLargeError above it */
  bytes(name: string, maxBytes: number): Hex {
    const text = this.#hex(this.#at(name), this.#values[name], 'lower-case 0x hexadecimal')
    this.#limit(name, text.length / 2 - 1, maxBytes)
    return text
  }

  /** A list of hashes in lower-case hexadecimal. @param bytes of each */
  hashes(name: string, bytes: number, maxCount: number): readonly Hex[] {
    const list = this.#values[name]
    const expected = `at most ${maxCount} times ${bytes} bytes of lower-case 0x hexadecimal`
    if (!Array.isArray(list) || list.length > maxCount) throw this.#malformed(this.#at(name), expected)
    return list.map((item: unknown) => {
      const text = this.#hex(this.#at(name), item, expected)
      if (text.length !== 2 + 2 * bytes) throw this.#malformed(this.#at(name), expected)
      return text
    })
  }

  /** Bytes in base64, kept as text. @throws TooLargeError above the limit */
  base64(name: string, maxBytes: number): string {
    const text = this.#values[name]
    if (typeof text !== 'string') throw this.#malformed(this.#at(name), 'base64 text')
    this.#limit(name, Math.floor((text.length * 3) / 4) - 2, maxBytes)
    try {
      this.#limit(name, fromBase64(text).length, maxBytes)
    } catch (error) {
      throw error instanceof TooLargeError ? error : this.#malformed(this.#at(name), 'base64 text')
    }
    return text
  }

  /** A text in a given form. @param expected says the form */
  text(name: string, form: RegExp, expected: string): string {
    const text = this.#values[name]
    if (typeof text !== 'string' || !form.test(text)) throw this.#malformed(this.#at(name), expected)
    return text
  }

  /** One of a few texts or numbers. */
  choice<Choice extends string | number>(name: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.#values[name])
    if (found === undefined) throw this.#malformed(this.#at(name), choices.join(', '))
    return found
  }

  /** An integer within bounds, both included. */
  integer(name: string, min: number, max: number): number {
    const value = this.#values[name]
    // JSON's -0 is an integer of its own to Object.is, and would be written back as 0.
    const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)
    if (!isInteger || value < min || value > max)
      throw this.#malformed(this.#at(name), `an integer from ${min} to ${max}`)
    return value
  }

  /** An object within this one. */
  object(name: string, names: readonly string[]): JsonFields {
    return new JsonFields(this.#structure, this.#at(name), this.#values[name], names)
  }

  /** Nothing when the field is null, else what is read. */
  nullable<Value>(name: string, read: (name: string) => Value): Value | null {
    return this.#values[name] === null ? null : read(name)
  }

  #limit(name: string, length: number, limit: number): void {
    if (length > limit) throw new TooLargeError({ structure: `${this.#structure}: ${this.#at(name)}`, length, limit })
  }
}
