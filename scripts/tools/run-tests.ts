/**
 * Runs the contracts' tests, again on a rollup, and the library's, each also when one before fails, and closes with the
 * totals of all.
 *
 *     npm test
 *     npm run test:fuzz      the script of package.json that is named instead
 *     npm run test:faults
 */

import { runCommand } from './process.ts'
import { addTotals, closingLine, judge, readTotals, type Totals } from './totals.ts'

interface Runner {
  readonly script: string
  /** The kinds of test that the runner's totals have to name. */
  readonly parts: readonly string[]
}

const runners: readonly Runner[] = [
  { script: 'test:contracts', parts: ['solidity', 'mocha'] },
  { script: 'test:rollup', parts: [] },
  { script: 'test:library', parts: [] },
]

interface Result extends Runner {
  readonly totals: Totals
  readonly note: string
  readonly seconds: number
}

async function run(runner: Runner): Promise<Result> {
  const { output, exitCode, seconds } = await runCommand(`npm run --silent ${runner.script}`, (text) =>
    process.stdout.write(text),
  )
  const totals = readTotals(output, runner.parts)
  const note = totals === undefined ? 'no totals found, counted as a failure' : ''
  return { ...runner, totals: judge(totals, exitCode), note, seconds }
}

function print({ script, totals, note, seconds }: Result): string {
  return `${script.padEnd(16)}${closingLine(totals).padEnd(26)}${seconds.toFixed(1).padStart(6)} s  ${note}`.trimEnd()
}

const named = process.argv.slice(2).map((script): Runner => ({ script, parts: [] }))
const results: Result[] = []
for (const runner of named.length > 0 ? named : runners) results.push(await run(runner))

console.log(`\n${results.map(print).join('\n')}`)
const sum = addTotals(results.map(({ totals }) => totals))
console.log(closingLine(sum))
process.exitCode = sum.failed > 0 ? 1 : 0
