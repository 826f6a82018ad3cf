/**
 * JSON that comes from outside, read so that no two readers see two things in one text: `JSON.parse` silently takes the
 * last of two fields of one name, others take the first (RFC 8259 §4), so a repeated name is refused (RFC 7493 §2.3).
 * Nesting is bounded before anything is built.
 */
import { isHeraldError } from '../core/errors.ts'
import { MalformedFieldError } from './errors.ts'

/** Objects and arrays within each other, the outermost included. */
const maxDepth = 128

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first -= 1
  return (at - first) % 2 === 1
}

/** Where a string that begins at a quote ends: the place of its closing quote, or the end of a text that has none. */
function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1)
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at < 0 ? text.length : at
}

/** A string's value where it is the name of a field, and nothing where it is a value. */
function nameAt(text: string, opening: number, closing: number): string | undefined {
  let next = closing + 1
  while (' \t\r\n'.includes(text[next] ?? '.')) next += 1
  if (text[next] !== ':') return undefined
  const name = text.slice(opening + 1, closing)
  // "a" and "\u0061" are one name.
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name
}

type Malformed = (expected: string) => MalformedFieldError

/** Looks at brackets and names alone: what is no JSON for any other reason is left to `JSON.parse`. */
class NameScanner {
  /** The names of each object that is open; nothing for an array. */
  readonly #open: (Set<string> | undefined)[] = []
  readonly #text: string
  readonly #malformed: Malformed

  constructor(text: string, malformed: Malformed) {
    this.#text = text
    this.#malformed = malformed
  }

  /** @throws MalformedFieldError */
  scan(): void {
    for (let at = 0; at < this.#text.length; at++) {
      const character = this.#text[at]
      if (character === '"') at = this.#passString(at)
      else if (character === '{') this.#enter(new Set())
      else if (character === '[') this.#enter(undefined)
      else if (character === '}' || character === ']') this.#open.pop()
    }
  }

  #enter(names: Set<string> | undefined): void {
    if (this.#open.push(names) > maxDepth) throw this.#malformed(`JSON of at most ${maxDepth} levels`)
  }

  /** The place of the string's closing quote. */
  #passString(opening: number): number {
    const closing = closingQuote(this.#text, opening)
    const name = nameAt(this.#text, opening, closing)
    const names = this.#open.at(-1)
    if (name === undefined || names === undefined) return closing
    if (names.has(name)) throw this.#malformed('JSON with every field once')
    names.add(name)
    return closing
  }
}

/**
 * Parses JSON in which no object has two fields of one name.
 *
 * @param text of bounded length; time and memory are linear in it
 * @param structure its name, for errors
 * @throws MalformedFieldError
 */
export function parseJson(text: string, structure: string): unknown {
  const malformed: Malformed = (expected) => new MalformedFieldError({ structure, field: 'encoding', expected })
  try {
    new NameScanner(text, malformed).scan()
    return JSON.parse(text)
  } catch (error) {
    // What JSON.parse says may quote the text, so it goes no further.
    throw isHeraldError(error) ? error : malformed('JSON')
  }
}
