/** Bodies as programs have them, and as they travel. */
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { maxBodyBytes } from '../core/limits.ts'
import { TooLargeError } from '../wire/errors.ts'
import { parseJson } from '../wire/json-text.ts'

/** What may be sent: text, anything JSON can say, or bytes of a stated media type. */
export type OutgoingContent =
  | { readonly text: string }
  | { readonly json: unknown }
  | { readonly body: Uint8Array; readonly contentType: string }

/** A body with its media type. */
export interface EncodedContent {
  readonly contentType: string
  readonly body: Uint8Array
}

const textType = 'text/plain;charset=utf-8'
const jsonType = 'application/json'

function encodeJson(value: unknown): Uint8Array {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // A cycle or a bigint: told apart from the rest by nobody, so one answer serves.
  }
  if (text === undefined) throw new InvalidArgumentError({ argument: 'json', expected: 'a value that JSON can say' })
  return utf8(text)
}

const expected = '{ text }, { json } or { body, contentType }'

function encode(content: OutgoingContent): EncodedContent {
  if (typeof content !== 'object' || content === null) throw new InvalidArgumentError({ argument: 'content', expected })
  if ('text' in content && typeof content.text !== 'string')
    throw new InvalidArgumentError({ argument: 'text', expected: 'text' })
  if ('text' in content) return { contentType: textType, body: utf8(content.text) }
  if ('json' in content) return { contentType: jsonType, body: encodeJson(content.json) }
  if (!(content.body instanceof Uint8Array) || typeof content.contentType !== 'string')
    throw new InvalidArgumentError({ argument: 'content', expected })
  return content
}

/**
 * Encodes what is to be sent.
 *
 * @throws TooLargeError above 1 MiB, InvalidArgumentError for what JSON cannot say
 */
export function encodeContentOf(content: OutgoingContent): EncodedContent {
  const encoded = encode(content)
  if (encoded.body.length > maxBodyBytes)
    throw new TooLargeError({ structure: 'body', length: encoded.body.length, limit: maxBodyBytes })
  return encoded
}

/** The body as text. @throws MalformedTextError when it is not UTF-8 */
export function textOf(body: Uint8Array): string {
  return fromUtf8(body)
}

/** The body as JSON in which every field stands once. @throws InvalidArgumentError when it is not */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return parseJson(fromUtf8(body), 'body')
  } catch {
    throw new InvalidArgumentError({ argument: 'body', expected: 'JSON in UTF-8' })
  }
}
