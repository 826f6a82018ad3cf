/** A verification as a person reads it on a terminal or in a pipe, and as a shell reads it: an exit code. */
import { type Check, type Outcome, timeText, type Verdict, type Verification } from '../anchor/verification.ts'
import { fromUtf8 } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Content } from '../wire/inner-message.ts'

/** What a command that verifies exits with; `uncheckable`: no proof, or no chain to check it against. */
export const exitCodes: Readonly<Record<Verdict | 'uncheckable', number>> = {
  verified: 0,
  failed: 1,
  uncheckable: 2,
  incomplete: 3,
}

type Colour = 'green' | 'red' | 'yellow' | 'dim'

const escapes: Readonly<Record<Colour, string>> = { green: '32', red: '31', yellow: '33', dim: '2' }

/** Puts a colour on a text, or leaves it alone. */
type Paint = (colour: Colour, text: string) => string

const plain: Paint = (_, text) => text
const coloured: Paint = (colour, text) => `\u001b[${escapes[colour]}m${text}\u001b[0m`

/** Whether to write colour: on a terminal, unless NO_COLOR is set (no-color.org). */
export function wantsColour(isTerminal: boolean | undefined, noColor: string | undefined): boolean {
  return isTerminal === true && (noColor === undefined || noColor === '')
}

const marks: Readonly<Record<Outcome, readonly [string, Colour]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  disputed: ['!', 'yellow'],
  not_revealed: ['–', 'dim'],
  erased: ['–', 'dim'],
  not_anchored: ['–', 'dim'],
  not_checked: ['–', 'dim'],
}

/** Long hexadecimal, short enough for a line; what is needed in full stands above the checks. */
function shorten(text: string): string {
  return text.replace(/0x([0-9a-f]{6})[0-9a-f]{20,}([0-9a-f]{4})\b/g, '0x$1…$2')
}

/** A check's name, and beneath it what it found: fits a terminal of 80 columns. */
function checkLines({ name, outcome, detail }: Check, paint: Paint): string[] {
  const [mark, colour] = marks[outcome]
  return [`  ${paint(colour, mark)} ${name}`, `      ${paint('dim', shorten(detail))}`]
}

const maxShownCharacters = 200

/** A text body without what could steer a terminal or turn the line around. */
function bodyText({ contentType, body }: Content): string | undefined {
  if (!/^(text\/|application\/json\b)/.test(contentType)) return undefined
  try {
    const characters = [...fromUtf8(body)].map((character) =>
      /[\p{C}\p{Zl}\p{Zp}]/u.test(character) ? ' ' : character,
    )
    const shown = characters.slice(0, maxShownCharacters).join('')
    return characters.length > maxShownCharacters ? `"${shown}…"` : `"${shown}"`
  } catch {
    return undefined
  }
}

function contentLine(content: Content): string {
  const { kind, contentType, body } = content
  return [`${kind}, ${contentType}, ${body.length} bytes`, bodyText(content)].filter(Boolean).join(': ')
}

/** Whether the sender has been shown to have signed what the proof says. */
function isProven({ checks }: Verification): boolean {
  const needed: readonly string[] = ['signature', 'card_published']
  return checks.every(({ name, outcome }) => !needed.includes(name) || outcome === 'passed')
}

function headLines({ sender, created, anchoredAt, block, recipient, content }: Verification): string[] {
  const facts: [string, string | undefined][] = [
    ['sender', sender],
    ['made at', created === undefined ? undefined : `${timeText(created / 1000)}, as the sender states`],
    ['existed by', anchoredAt === undefined ? undefined : `${timeText(anchoredAt / 1000)}, block ${block}`],
    ['recipient', recipient],
    ['content', content && contentLine(content)],
  ]
  return facts.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(12)}${value}`)
}

function namesOf(checks: readonly Check[], isMeant: (outcome: Outcome) => boolean): string {
  return checks
    .filter(({ outcome }) => isMeant(outcome))
    .map(({ name }) => name)
    .join(', ')
}

function verdictLines({ verdict, checks, laterClaim }: Verification, paint: Paint): string[] {
  switch (verdict) {
    case 'failed':
      return [paint('red', `FAILED: ${namesOf(checks, (outcome) => outcome === 'failed')}`)]
    case 'incomplete': {
      const missing = namesOf(checks, (outcome) => outcome !== 'passed' && outcome !== 'disputed')
      return [paint('yellow', `INCOMPLETE: nothing is wrong, but nothing is shown for ${missing}`)]
    }
    default: {
      const claim = 'Note: a revocation recorded after the anchor claims that the key had been in other hands by then.'
      return [paint('green', 'VERIFIED'), ...(laterClaim ? [paint('yellow', claim)] : [])]
    }
  }
}

/** Writes a verification: who, when, what; two lines for each check; the verdict. */
export function renderVerification(verification: Verification, { colour }: { readonly colour: boolean }): string {
  const paint = colour ? coloured : plain
  const checks = verification.checks.flatMap((check) => checkLines(check, paint))
  const claim = isProven(verification) ? [] : [paint('yellow', '  The file claims, and it is not proven:')]
  return [...claim, ...headLines(verification), '', ...checks, '', ...verdictLines(verification, paint)].join('\n')
}

/** What a person can do about an error, by the beginning of its code. */
const advice: readonly (readonly [string, string])[] = [
  ['cli.', 'Give the path of a proof file, as `herald verify proof.json`.'],
  ['wire.unknown_version', 'The file is of another version of Herald: update the older side.'],
  ['wire.', 'The file is no proof of Herald, or was damaged or edited: ask its sender for it again.'],
  [
    'core.invalid_argument',
    'HERALD_RPC_URL takes the URL of an Ethereum JSON-RPC endpoint, HERALD_REGISTRY an address.',
  ],
  ['registry.wrong_chain', 'Give the URL of an endpoint of the proof’s own chain in HERALD_RPC_URL.'],
  ['registry.rpc_refused', 'That URL does not answer JSON-RPC calls: check it and its key.'],
  ['registry.', 'Start the node, or give the URL of an Ethereum JSON-RPC endpoint in HERALD_RPC_URL.'],
]

/**
 * Says why nothing could be checked, and what to do about it.
 *
 * @throws whatever is no error of Herald's: that is a fault, and not to be explained away
 */
export function renderProblem(error: unknown): string {
  if (!(error instanceof HeraldError)) throw error
  const [, remedy] = advice.find(([start]) => error.code.startsWith(start)) ?? []
  const reason = `${error.message} (${error.code})`
  return remedy === undefined ? reason : `${reason}\n${remedy}`
}
