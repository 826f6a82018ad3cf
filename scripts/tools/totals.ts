/** Reads how many tests passed and failed out of what a test runner printed. */

import { stripVTControlCharacters } from 'node:util'

/** A count of tests or checks. */
export interface Totals {
  readonly passed: number
  readonly failed: number
}

const summaryLine = /^\s*(\d+) (passing|failing)(?: \([^()]*\))?$/gm

/**
 * The totals that mocha (`12 passing (3s)`) or Hardhat (`12 passing (8 solidity, 4 mocha)`) closes with.
 *
 * @returns undefined when there are none
 */
export function readTotals(output: string): Totals | undefined {
  const last = { passing: 0, failing: 0 }
  for (const [, count, kind] of stripVTControlCharacters(output).matchAll(summaryLine)) {
    // A runner that prints totals again prints both again, passing first.
    if (kind === 'passing') last.failing = 0
    last[kind as keyof typeof last] = Number(count)
  }
  if (last.passing + last.failing === 0) return undefined
  return { passed: last.passing, failed: last.failing }
}

/**
 * The full title of the first test that failed, as mocha (`suite › case › sentence`) or Hardhat (`Contract#test()`) lists it.
 *
 * @returns undefined when none did
 */
export function firstFailure(output: string): string | undefined {
  const lines = stripVTControlCharacters(output).split('\n')
  const summary = lines.findIndex((line) => /^\s*\d+ failing/.test(line))
  const listed = lines.slice(summary).map((line) => line.trim())
  const start = listed.findIndex((line) => line.startsWith('1) '))
  if (summary < 0 || start < 0) return undefined
  const title = listed.slice(start)
  // Mocha's titles have a line for each suite, and end in a colon; Hardhat's Solidity tests have one line.
  const length = title[0]?.includes('#') ? 1 : title.findIndex((line) => line.endsWith(':')) + 1
  return title.slice(0, length).join(' › ').replace(/^1\) /, '').replace(/:$/, '')
}

/** Totals that cannot be better than the way the runner ended: no totals, or a bad exit code, is a failure. */
export function judge(totals: Totals | undefined, exitCode: number): Totals {
  if (totals === undefined) return { passed: 0, failed: 1 }
  return { passed: totals.passed, failed: Math.max(totals.failed, exitCode === 0 ? 0 : 1) }
}

/** The sum. */
export function addTotals(all: readonly Totals[]): Totals {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** The line every command of this repository closes with; `.ci/run` reads it. */
export function closingLine({ passed, failed }: Totals): string {
  return `${passed} passed, ${failed} failed`
}
