/**
 * Runs the contracts' mocha tests, again on a rollup, and the library's, each also when one before fails, and closes with
 * the totals of all.
 *
 *     npm test
 *     npm run test:fuzz      the script of package.json that is named instead
 *     npm run test:faults
 */

import { runCommand } from './process.ts'
import { addTotals, closingLine, judge, readTotals, type Totals } from './totals.ts'

const scripts = ['test:contracts', 'test:rollup', 'test:library']

interface Result {
  readonly script: string
  readonly totals: Totals
  readonly note: string
  readonly seconds: number
}

async function run(script: string): Promise<Result> {
  const { output, exitCode, seconds } = await runCommand(`npm run --silent ${script}`, (text) =>
    process.stdout.write(text),
  )
  const totals = readTotals(output)
  const note = totals === undefined ? 'no totals found, counted as a failure' : ''
  return { script, totals: judge(totals, exitCode), note, seconds }
}

function print({ script, totals, note, seconds }: Result): string {
  return `${script.padEnd(16)}${closingLine(totals).padEnd(26)}${seconds.toFixed(1).padStart(6)} s  ${note}`.trimEnd()
}

const named = process.argv.slice(2)
const results: Result[] = []
for (const script of named.length > 0 ? named : scripts) results.push(await run(script))

console.log(`\n${results.map(print).join('\n')}`)
const sum = addTotals(results.map(({ totals }) => totals))
console.log(closingLine(sum))
process.exitCode = sum.failed > 0 ? 1 : 0
