/**
 * Breaks the contracts on purpose, one place at a time, and expects their tests to notice each time. Works on copies in
 * temporary folders; the tests have to pass on the unbroken contracts first. The mocha tests are tried, up to the first
 * that fails; the Solidity tests only on a mutant that those let live.
 *
 *     npm run test:mutation
 *     npm run test:mutation -- deadline veto      the mutants whose names contain one of the words
 */

import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyContracts, replaceOnce } from './contract-copy.ts'
import { contractOf, createMutantCompiler, type Deployed, type MutantCompiler } from './mutant-compiler.ts'
import { type Mutant, mutants } from './mutants.ts'
import { runCommand } from './process.ts'
import { closingLine, firstFailure, readTotals } from './totals.ts'

/** The mocha tests of each contract below `test/contracts`, the quickest to notice first. */
const mochaTests: Readonly<Record<Deployed, readonly string[]>> = {
  AgentRegistry: ['agent-registry.test.ts', 'agent-registry-s*.test.ts', 'agent-control.test.ts', 'agent-*.test.ts'],
  MessageAnchor: ['message-anchor.test.ts', 'agent-control-events.test.ts', 'message-*.test.ts'],
}

/** Takes the code from the artifacts, where the mutant lies. */
function mochaCommand(copy: string, contract: Deployed): string {
  const files = mochaTests[contract].flatMap((name) => globSync(`test/contracts/${name}`, { cwd: copy }).sort())
  return `hardhat test mocha --no-compile --bail ${[...new Set(files)].join(' ')}`
}

/** Compiles, so that it finds what stands in the sources. */
const solidityCommand = 'hardhat test solidity'

/** Runs tests in a copy; returns the title of the first that fails. */
async function findFailure(copy: string, command: string): Promise<string | undefined> {
  const { output, exitCode } = await runCommand(`cd "${copy}" && ${command}`)
  const failure = firstFailure(output)
  if (readTotals(output) === undefined || (exitCode !== 0) !== (failure !== undefined))
    throw new Error(`the tests did not run to their end:\n$ ${command}\n${output.slice(-3000)}`)
  return failure
}

/** A list of mistakes says nothing about tests that fail anyway. */
async function assertPasses(copy: string, command: string): Promise<void> {
  const failure = await findFailure(copy, command)
  if (failure !== undefined) throw new Error(`without any mutant, a test fails: ${failure}`)
}

/** What lives through the mocha tests may still be noticed by fuzz tests and invariants. */
async function findSolidityFailure(copy: string, { file, from, to }: Mutant): Promise<string | undefined> {
  await assertPasses(copy, solidityCommand)
  const restore = replaceOnce(join(copy, 'contracts', file), from, to)
  try {
    return await findFailure(copy, solidityCommand)
  } finally {
    restore()
  }
}

/** The test that notices the mutant, if one does. */
async function findKiller(mutant: Mutant, copy: string, compiler: MutantCompiler): Promise<string | undefined> {
  const restore = compiler.install(mutant, copy)
  try {
    const killer = await findFailure(copy, mochaCommand(copy, contractOf(mutant)))
    return killer ?? (await findSolidityFailure(copy, mutant))
  } finally {
    restore()
  }
}

/** Takes mutants off the list until none is left; returns how many were killed. */
async function work(waiting: Mutant[], copy: string, compiler: MutantCompiler): Promise<number> {
  let killed = 0
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const started = performance.now()
    const killer = await findKiller(mutant, copy, compiler)
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
    const verdict = killer === undefined ? 'SURVIVED' : 'killed  '
    console.log(`${verdict} ${seconds} s  ${mutant.name.padEnd(46)}${killer ?? ''}`.trimEnd())
    if (killer !== undefined) killed += 1
  }
  return killed
}

/** A built copy for each core. */
async function makeCopies(folder: string): Promise<string[]> {
  const built = join(folder, '0')
  copyContracts(built)
  const { exitCode, output } = await runCommand(`cd "${built}" && hardhat build --no-tests --quiet`)
  if (exitCode !== 0) throw new Error(output)
  const others = Array.from({ length: availableParallelism() - 1 }, (_, i) => join(folder, `${i + 1}`))
  for (const other of others) cpSync(built, other, { recursive: true, verbatimSymlinks: true })
  return [built, ...others]
}

/** Returns how many of the mutants were killed. */
async function killAll(chosen: readonly Mutant[], folder: string): Promise<number> {
  const copies = await makeCopies(folder)
  const [first = ''] = copies
  const compiler = createMutantCompiler(first)
  const contracts = new Set(chosen.map(contractOf))
  await Promise.all([...contracts].map((contract) => assertPasses(first, mochaCommand(first, contract))))
  const waiting = [...chosen]
  const counts = await Promise.all(copies.map((copy) => work(waiting, copy, compiler)))
  return counts.reduce((sum, count) => sum + count, 0)
}

const words = process.argv.slice(2)
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'herald-mutation-'))
try {
  const killed = await killAll(chosen, folder)
  console.log(closingLine({ passed: killed, failed: chosen.length - killed }))
  process.exitCode = killed === chosen.length && chosen.length > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
