/**
 * Compares the error codes in `src/` with the rows of docs/errors.md: each code has one row, with its retry verdict, and
 * no row is left over.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const statement = /code: '([a-z0-9_.]+)',\s+retry(?:: '(\w+)')?/g
const row = /^\| `([a-z0-9_.]+)` \| (\w+) \|/gm

/** Codes with their verdicts, as error classes state them; a verdict decided at run time is `varies`. */
function statedCodes(): Map<string, string> {
  const codes = new Map<string, string>()
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const source = readFileSync(join(root, file), 'utf8')
    for (const [, code = '', verdict = 'varies'] of source.matchAll(statement)) {
      const known = ['never', 'later', 'refresh'].includes(verdict) ? verdict : 'varies'
      codes.set(code, known)
    }
  }
  return codes
}

function documentedCodes(): Map<string, string> {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  return new Map([...page.matchAll(row)].map(([, code = '', verdict = '']) => [code, verdict]))
}

const stated = statedCodes()
const documented = documentedCodes()
const faults = [
  ...[...stated].filter(([code]) => !documented.has(code)).map(([code, verdict]) => `no row: ${code} (${verdict})`),
  ...[...documented].filter(([code]) => !stated.has(code)).map(([code]) => `no such code in src: ${code}`),
  ...[...stated]
    .filter(([code, verdict]) => documented.has(code) && documented.get(code) !== verdict)
    .map(([code, verdict]) => `${code} is ${verdict} in src, ${documented.get(code)} in docs/errors.md`),
]
for (const fault of faults) console.error(fault)
console.log(`${stated.size} error codes, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
