/**
 * Prints what Herald's contracts and those of peers cost, out of bench/results/gas.json, into README.md and
 * docs/contracts.md.
 *
 *     node scripts/tools/print-gas.ts            writes
 *     node scripts/tools/print-gas.ts --check    exits 1 if a page is stale
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GasResults, type Operation, operations, type System } from '../../bench/gas/figures.ts'
import { printRegions } from './page-regions.ts'
import { root } from './process.ts'

interface Column {
  readonly title: string
  /** Builds of which the cheaper one counts. */
  readonly systems: readonly System[]
}

const columns: readonly Column[] = [
  { title: 'Herald', systems: ['herald'] },
  { title: 'ethr-did-registry', systems: ['ethr-did-registry', 'ethr-did-registry, as shipped'] },
  { title: 'EAS', systems: ['eas-contracts', 'eas-contracts, as shipped'] },
]

const compared: readonly Operation[] = [
  operations.firstKey,
  operations.firstPostQuantumKey,
  operations.replacedKey,
  operations.laterKey,
  operations.revokedKey,
  operations.signedKey,
  operations.walletKey,
  operations.batchedKeys,
  operations.control,
  operations.loggedRoot,
  operations.storedRoot,
  operations.batchedRoots,
]

const printAmount = (amount: number) => amount.toLocaleString('en')
const printRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** The amounts of a row, the lowest in bold; a dash where there is none. */
function printAmounts(amounts: readonly number[]): string[] {
  const lowest = Math.min(...amounts)
  return amounts.map((amount) => {
    if (!Number.isFinite(amount)) return '–'
    return amount === lowest ? `**${printAmount(amount)}**` : printAmount(amount)
  })
}

/** What an operation costs in each column; infinite where it does not exist. */
function gasOf({ rows }: GasResults, operation: Operation): number[] {
  return columns.map(({ systems }) => {
    const found = rows.filter((row) => row.operation === operation && systems.includes(row.system))
    return Math.min(...found.map(({ gasUsed }) => gasUsed))
  })
}

/** Bytes of runtime code of all contracts of each column. */
function codeOf({ builds }: GasResults): number[] {
  return columns.map(({ systems }) => {
    const sizes = systems
      .map((system) => builds.filter((build) => build.system === system))
      .filter((ofSystem) => ofSystem.length > 0)
      .map((ofSystem) => ofSystem.reduce((sum, { runtimeBytes }) => sum + runtimeBytes, 0))
    return Math.min(...sizes)
  })
}

/** README's table: Herald beside its peers. */
export function printComparison(results: GasResults): string {
  return [
    printRow(['gas', ...columns.map(({ title }) => title)]),
    '|---|--:|--:|--:|',
    ...compared.map((operation) => printRow([operation, ...printAmounts(gasOf(results, operation))])),
    printRow(['(bytes of runtime code)', ...printAmounts(codeOf(results))]),
  ].join('\n')
}

/** The table of docs/contracts.md: each limit with what was measured. */
export function printLimits({ rows, builds }: GasResults): string {
  const measured = [
    ...rows.map(({ operation, note, gasUsed, atMost }) => ({ what: operation, how: note, is: gasUsed, atMost })),
    ...builds.map(({ contract, runtimeBytes, atMost }) => ({
      what: '(bytes of runtime code)',
      how: contract,
      is: runtimeBytes,
      atMost,
    })),
  ]
  const limited = measured.flatMap(({ what, how, is, atMost }) =>
    atMost === undefined ? [] : [printRow([what, how, printAmount(atMost), printAmount(is)])],
  )
  return ['| gas | how | at most | is |', '|---|---|--:|--:|', ...limited].join('\n')
}

if (import.meta.main) {
  const results = JSON.parse(readFileSync(join(root, 'bench/results/gas.json'), 'utf8')) as GasResults
  const pages = {
    'README.md': { 'gas table': () => printComparison(results) },
    'docs/contracts.md': { 'gas limits': () => printLimits(results) },
  }
  printRegions(pages, 'scripts/tools/print-gas.ts')
}
