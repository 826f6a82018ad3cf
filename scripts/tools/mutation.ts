/**
 * Breaks the contracts on purpose, one place at a time, and expects the contract tests to notice each time. Works on a
 * copy in a temporary folder; first the unbroken copy has to pass.
 *
 *     npm run test:mutation
 *     npm run test:mutation -- deadline veto      the mutants whose names contain one of the words
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutant, mutants } from './mutants.ts'
import { type Finished, root, runCommand } from './process.ts'
import { closingLine, readTotals } from './totals.ts'

/** What the contract tests need of the repository; gas figures are left out, since any mutant changes them. */
const copied = ['contracts', 'src', 'test/contracts', 'hardhat.config.ts', 'package.json', 'tsconfig.json']
const figures = ['test/contracts/Gas.t.sol', 'test/contracts/gas.test.ts']

/** The faster half first: what it kills need not run the other. */
const suites = ['hardhat test mocha', 'hardhat test solidity']

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'herald-mutation-'))
  for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true })
  for (const path of figures) rmSync(join(copy, path))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Puts the mutant into the copy; returns how to take it out again. */
function apply({ name, file, from, to }: Mutant, copy: string): () => void {
  const path = join(copy, 'contracts', file)
  const source = readFileSync(path, 'utf8')
  const places = source.split(from).length - 1
  if (places !== 1) throw new Error(`mutant "${name}": its text stands ${places} times in contracts/${file}, not once`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  return () => writeFileSync(path, source)
}

/** The suite that failed, or nothing when the mutant lives. A mutant that does not compile is a mistake in the list. */
async function killer(copy: string): Promise<string | undefined> {
  for (const suite of suites) {
    const run: Finished = await runCommand(`cd ${copy} && timeout 280 ${suite}`)
    if (readTotals(run.output, []) === undefined) throw new Error(`no test ran:\n${run.output.slice(-2000)}`)
    if (run.exitCode !== 0) return suite
  }
  return undefined
}

async function tryMutant(mutant: Mutant, copy: string): Promise<boolean> {
  const started = performance.now()
  const restore = apply(mutant, copy)
  try {
    const suite = await killer(copy)
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
    const verdict = suite === undefined ? 'SURVIVED' : 'killed  '
    console.log(
      `${verdict} ${mutant.name.padEnd(52)}${seconds} s  ${suite?.replace('hardhat test ', '') ?? ''}`.trimEnd(),
    )
    return suite !== undefined
  } finally {
    restore()
  }
}

const words = process.argv.slice(2)
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const copy = makeCopy()
let killed = 0
try {
  const unbroken = await killer(copy)
  if (unbroken !== undefined) throw new Error(`the tests fail without any mutant: ${unbroken}`)
  for (const mutant of chosen) if (await tryMutant(mutant, copy)) killed += 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(closingLine({ passed: killed, failed: chosen.length - killed }))
process.exitCode = killed === chosen.length && chosen.length > 0 ? 0 : 1
