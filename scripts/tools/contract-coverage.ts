/**
 * Fails, and names file and line, unless the contracts' mocha tests run every line of `contracts/` and take both sides of
 * every branch. Works on a copy in which each side is a line of its own (see branches.ts); the tests have to pass on it.
 * Fuzz tests are left out: what they reach depends on what they draw.
 *
 *     npm run coverage:contracts
 */

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Split, splitBranches } from './branches.ts'
import { copyContracts } from './contract-copy.ts'
import { runCommand } from './process.ts'
import { addTotals, closingLine, readTotals, type Totals } from './totals.ts'

/** What ran of one file. */
export interface FileCoverage {
  readonly path: string
  readonly lines: Totals
  readonly sides: Totals
  /** A sentence for each line or side that was missed, with file and line of the original source. */
  readonly missed: readonly string[]
}

/** Each line of an lcov report that counts, with whether it ran, by file. */
export function readLcov(lcov: string): Map<string, Map<number, boolean>> {
  const records = lcov.split('end_of_record').filter((record) => record.includes('SF:'))
  return new Map(
    records.map((record) => {
      const [, path = ''] = /^SF:(.*)$/m.exec(record) ?? []
      const lines = [...record.matchAll(/^DA:(\d+),(\d+)$/gm)]
      return [path, new Map(lines.map(([, line, count]) => [Number(line), count !== '0']))]
    }),
  )
}

/**
 * What ran of a file, and what did not.
 *
 * @param length lines of the original source; behind them stand the sides of its branches
 * @param ran the file's lines in the report, if it is there
 */
export function judgeFile(
  path: string,
  length: number,
  { sides, hasCode }: Pick<Split, 'sides' | 'hasCode'>,
  ran: ReadonlyMap<number, boolean> = new Map(),
): FileCoverage {
  const lines = [...ran].filter(([line]) => line <= length)
  const missedLines = lines.filter(([, didRun]) => !didRun).map(([line]) => `${path}:${line} never runs`)
  if (lines.length === 0 && hasCode) missedLines.push(`${path}:1 is not in the report`)
  const missedSides = sides
    .filter(({ runs }) => ran.get(runs) !== true)
    .map(({ line, condition, value }) => `${path}:${line} \`${condition}\` is never ${value}`)
  return {
    path,
    lines: { passed: lines.filter(([, didRun]) => didRun).length, failed: missedLines.length },
    sides: { passed: sides.length - missedSides.length, failed: missedSides.length },
    missed: [...missedLines, ...missedSides],
  }
}

/**
 * Splits the branches of a project's contracts, in place, and runs its mocha tests.
 *
 * @param project a folder with `contracts/` and a Hardhat configuration; it is changed
 * @throws Error when the tests fail, or none ran
 */
export async function measureCoverage(project: string): Promise<FileCoverage[]> {
  const paths = globSync('contracts/**/*.sol', { cwd: project }).sort()
  const files = paths.map((path) => {
    const source = readFileSync(join(project, path), 'utf8')
    return { path, length: source.trimEnd().split('\n').length, split: splitBranches(source) }
  })
  for (const { path, split } of files) writeFileSync(join(project, path), split.source)
  const { output, exitCode } = await runCommand(`cd "${project}" && hardhat test mocha --coverage`)
  if (exitCode !== 0 || readTotals(output) === undefined) throw new Error(`the tests fail:\n${output}`)
  const report = readLcov(readFileSync(join(project, 'coverage', 'lcov.info'), 'utf8'))
  return files.map(({ path, length, split }) => judgeFile(path, length, split, report.get(path)))
}

function print({ path, lines, sides }: FileCoverage): string {
  const counts = [lines, sides].map(({ passed, failed }) => `${passed}/${passed + failed}`.padStart(9))
  return `${path.padEnd(48)}${counts.join('')}`
}

async function run(): Promise<FileCoverage[]> {
  const copy = mkdtempSync(join(tmpdir(), 'herald-coverage-'))
  try {
    copyContracts(copy)
    return await measureCoverage(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const files = (await run()).filter(({ lines }) => lines.passed + lines.failed > 0)
  console.log(`${''.padEnd(48)}    lines    sides`)
  console.log(files.map(print).join('\n'))
  for (const fault of files.flatMap(({ missed }) => missed)) console.error(fault)
  const sum = addTotals(files.flatMap(({ lines, sides }) => [lines, sides]))
  console.log(closingLine(sum))
  process.exitCode = sum.failed > 0 ? 1 : 0
}
