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

/** What is tried on a mutant, the fastest first: what one kills need not run the next. */
function suitesFor({ file }: Pick<Mutant, 'file'>): string[] {
  const isAnchors = file.includes('Anchor') || file.includes('9162')
  const files = `test/contracts/${isAnchors ? 'message' : 'agent'}-*.test.ts`
  return [
    `hardhat build --no-tests --quiet && hardhat test mocha --no-compile --bail ${files}`,
    'hardhat test solidity',
  ]
}

/** Two at a time: the compiler takes most of the time, and one core. */
const workers = 2

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
async function killer(copy: string, mutant: Pick<Mutant, 'file'>): Promise<string | undefined> {
  for (const suite of suitesFor(mutant)) {
    const run: Finished = await runCommand(`cd ${copy} && ${suite}`)
    if (readTotals(run.output, []) === undefined) throw new Error(`no test ran:\n${run.output.slice(-2000)}`)
    if (run.exitCode !== 0) return suite.includes('solidity') ? 'solidity' : 'mocha'
  }
  return undefined
}

async function tryMutant(mutant: Mutant, copy: string): Promise<boolean> {
  const started = performance.now()
  const restore = apply(mutant, copy)
  try {
    const suite = await killer(copy, mutant)
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
    const verdict = suite === undefined ? 'SURVIVED' : 'killed  '
    console.log(`${verdict} ${mutant.name.padEnd(46)}${seconds} s  ${suite ?? ''}`.trimEnd())
    return suite !== undefined
  } finally {
    restore()
  }
}

/** Takes mutants off the list until none is left; returns how many were killed. */
async function work(waiting: Mutant[]): Promise<number> {
  const copy = makeCopy()
  try {
    let killed = 0
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      if (await tryMutant(mutant, copy)) killed += 1
    return killed
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** A list of mistakes says nothing about tests that fail anyway. */
async function assertUnbroken(): Promise<void> {
  const copy = makeCopy()
  try {
    for (const file of ['AgentRegistry.sol', 'MessageAnchor.sol']) {
      const suite = await killer(copy, { file })
      if (suite !== undefined) throw new Error(`the tests in ${suite} fail without any mutant`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const words = process.argv.slice(2)
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
await assertUnbroken()
const waiting = [...chosen]
const counts = await Promise.all(Array.from({ length: workers }, () => work(waiting)))
const killed = counts.reduce((sum, count) => sum + count, 0)
console.log(closingLine({ passed: killed, failed: chosen.length - killed }))
process.exitCode = killed === chosen.length && chosen.length > 0 ? 0 : 1
