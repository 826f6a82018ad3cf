/**
 * Runs the contracts' tests, again on a rollup, and beside them the library's, each also when another fails, and closes
 * with the totals of all.
 *
 *     npm test
 *     npm run test:fuzz      the script of package.json that is named instead
 */

import { runCommand } from './process.ts'
import { addTotals, closingLine, judge, readTotals, type Totals } from './totals.ts'

interface Runner {
  readonly script: string
  /** The kinds of test that the runner's totals have to name. */
  readonly parts: readonly string[]
}

/** Runners side by side, one lane for each of two cores; those of a lane in turn. */
const lanes: readonly (readonly Runner[])[] = [
  [
    { script: 'test:contracts', parts: ['solidity', 'mocha'] },
    { script: 'test:rollup', parts: [] },
  ],
  [{ script: 'test:library', parts: [] }],
]

interface Result extends Runner {
  readonly totals: Totals
  readonly note: string
  readonly seconds: number
  readonly output: string
}

async function run(runner: Runner, listen: (text: string) => void): Promise<Result> {
  const { output, exitCode, seconds } = await runCommand(`npm run --silent ${runner.script}`, listen)
  const totals = readTotals(output, runner.parts)
  const note = totals === undefined ? 'no totals found, counted as a failure' : ''
  return { ...runner, totals: judge(totals, exitCode), note, seconds, output }
}

async function runLane(lane: readonly Runner[], listen: (text: string) => void): Promise<Result[]> {
  const results: Result[] = []
  for (const runner of lane) results.push(await run(runner, listen))
  return results
}

function print({ script, totals, note, seconds }: Result): string {
  return `${script.padEnd(16)}${closingLine(totals).padEnd(26)}${seconds.toFixed(1).padStart(6)} s  ${note}`.trimEnd()
}

const show = (text: string): void => void process.stdout.write(text)

/** The first lane is shown as it goes, the others when it is done. */
async function runLanes([first = [], ...others]: readonly (readonly Runner[])[]): Promise<Result[]> {
  const quiet = others.map((lane) => runLane(lane, () => undefined))
  const results = await runLane(first, show)
  for (const lane of quiet)
    for (const result of await lane) {
      show(result.output)
      results.push(result)
    }
  return results
}

/** Compiled before anything runs, since tests of both lanes need the contracts. */
async function compile(): Promise<boolean> {
  const { exitCode } = await runCommand('hardhat build --quiet', show)
  return exitCode === 0
}

const named = process.argv.slice(2).map((script): Runner => ({ script, parts: [] }))
const isReady = named.length > 0 || (await compile())
const results = isReady ? await runLanes(named.length > 0 ? [named] : lanes) : []
console.log(`\n${results.map(print).join('\n')}`)
const sum = isReady ? addTotals(results.map(({ totals }) => totals)) : { passed: 0, failed: 1 }
console.log(closingLine(sum))
process.exitCode = sum.failed > 0 ? 1 : 0
