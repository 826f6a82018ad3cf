/** What the demo shows: colour on a terminal, plain text in a pipe, and a sign of life for whatever takes over a second. */

const terminal = process.stdout.isTTY === true
const coloured = terminal && !process.env['NO_COLOR']

const paint = (code: string) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text)
/** Colours by meaning. */
export const style = { title: paint('1'), good: paint('32'), bad: paint('31'), dim: paint('2'), name: paint('36') }

let checksPassed = 0
let checksFailed = 0

/** Begins a chapter. */
export function chapter(title: string): void {
  console.log(`\n${style.title(title)}`)
}

/** Tells one thing. */
export function tell(line: string): void {
  console.log(`  ${line}`)
}

/** Tells one thing that was checked; what fails is counted and shown. */
export function check(holds: boolean, line: string): void {
  if (holds) checksPassed += 1
  else checksFailed += 1
  console.log(`  ${holds ? style.good('✓') : style.bad('✗ FAILED:')} ${line}`)
}

/** How the checks ended. */
export function totals(): { passed: number; failed: number } {
  return { passed: checksPassed, failed: checksFailed }
}

/** Does something that may take a while; after a second it says what is going on. */
export async function working<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const begun = performance.now()
  const show = () => {
    const seconds = Math.round((performance.now() - begun) / 1000)
    if (terminal) process.stdout.write(`\r  ${style.dim(`… ${what} (${seconds} s)`)}`)
    else if (seconds === 1) console.log(`  … ${what}`)
  }
  const timer = setInterval(show, 1000)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (terminal && performance.now() - begun >= 1000) process.stdout.write('\r\u001b[K')
  }
}

/** Prints a table: numbers to the right, everything else to the left. */
export function table(rows: readonly (readonly [string, ...string[]])[]): void {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), [])
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      /^[\d.,]+$/.test(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    )
    tell(cells.join('  ').trimEnd())
  }
}

/** A long identifier, short enough to read. */
export function short(text: string): string {
  return text.length > 14 ? `${text.slice(0, 8)}…${text.slice(-4)}` : text
}

/** A text with its long identifiers made short. */
export function shorten(text: string): string {
  return text.replace(/0x[0-9a-f]{24,}/g, short)
}
