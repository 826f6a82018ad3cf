/**
 * Runs the checks that are not tests, two at a time; one line each, and the whole output of each that fails.
 *
 *     npm run check                      all of them
 *     npm run check -- layers types      these
 */

import { type Finished, runCommand } from './process.ts'
import { closingLine } from './totals.ts'

interface Check {
  readonly name: string
  readonly proves: string
  readonly command: string
}

const solidity = '"contracts/**/*.sol" "test/contracts/**/*.sol"'

const checks: readonly Check[] = [
  { name: 'types', proves: 'TypeScript compiles', command: 'tsc --noEmit' },
  { name: 'style', proves: 'format, lint, size of functions and files', command: 'biome check --error-on-warnings .' },
  { name: 'layers', proves: 'who imports whom', command: 'node scripts/tools/check-layers.ts' },
  {
    name: 'layers-printed',
    proves: 'docs/ARCHITECTURE.md shows the layer table',
    command: 'node scripts/tools/print-layers.ts --check',
  },
  { name: 'unused', proves: 'no unused file, export or dependency', command: 'knip' },
  { name: 'api-docs', proves: 'every public export is documented', command: 'typedoc --emit none' },
  {
    name: 'docs-code',
    proves: 'TypeScript in README.md and docs compiles',
    command: 'node scripts/tools/check-doc-code.ts',
  },
  {
    name: 'docs-references',
    proves: 'commands, scripts and links in the docs exist; README and .ci/run agree',
    command: 'node scripts/tools/check-doc-references.ts',
  },
  {
    name: 'solidity-format',
    proves: 'Solidity is formatted',
    command: `prettier --log-level warn --check ${solidity}`,
  },
  {
    name: 'solidity-lint',
    proves: 'Solidity is linted, NatSpec complete',
    command: 'solhint --noPoster --max-warnings 0 "contracts/**/*.sol"',
  },
  {
    name: 'contracts',
    proves: 'generated ABIs and gas snapshots are fresh',
    command:
      'hardhat build --quiet && node scripts/tools/generate-abi.ts --check && ' +
      'hardhat test solidity test/contracts/Gas.t.sol --snapshot-check',
  },
  {
    name: 'gas',
    proves: 'bench/results/gas.json, and the tables made of it, are what the contracts cost',
    command: 'node bench/gas.ts --check && node scripts/tools/print-gas.ts --check',
  },
  {
    name: 'vectors',
    proves: 'test/vectors/herald-v1.json is what the code makes',
    command: 'node scripts/tools/make-vectors.ts --check',
  },
  {
    name: 'errors',
    proves: 'docs/errors.md has every error code with its verdict, and no other',
    command: 'node scripts/tools/check-errors.ts',
  },
  {
    name: 'package',
    proves: 'the packed package installs, loads, has types and starts',
    command: 'node scripts/tools/check-package.ts',
  },
  {
    name: 'dependencies',
    proves: 'licences permit use; the lock file names no server',
    command: 'node scripts/tools/check-dependencies.ts',
  },
]

const nameWidth = Math.max(...checks.map(({ name }) => name.length))

function select(names: readonly string[]): readonly Check[] {
  const unknown = names.filter((name) => checks.every((check) => check.name !== name))
  if (unknown.length === 0) return names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name))
  const known = checks.map(({ name, proves }) => `  ${name.padEnd(nameWidth)}  ${proves}`).join('\n')
  console.error(`no check is named ${unknown.join(', ')}; there are:\n${known}`)
  process.exit(2)
}

function report({ name, proves, command }: Check, { exitCode, seconds, output }: Finished): void {
  const verdict = exitCode === 0 ? 'ok    ' : 'FAILED'
  console.log(`${verdict} ${name.padEnd(nameWidth)} ${seconds.toFixed(1).padStart(5)} s  ${proves}`)
  if (exitCode !== 0) console.log(`\n$ ${command}\n${output}`)
}

/** Takes checks off the list until none is left; returns how many failed. */
async function work(waiting: Check[]): Promise<number> {
  let failed = 0
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const result = await runCommand(check.command)
    report(check, result)
    if (result.exitCode !== 0) failed += 1
  }
  return failed
}

const selected = select(process.argv.slice(2))
const waiting = [...selected]
const workers = [work(waiting), work(waiting)]
const failed = (await Promise.all(workers)).reduce((sum, count) => sum + count, 0)
console.log(closingLine({ passed: selected.length - failed, failed }))
process.exitCode = failed > 0 ? 1 : 0
