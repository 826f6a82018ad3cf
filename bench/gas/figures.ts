/** What the gas benchmark finds: a row for each operation of each system, and a build for each contract. */

import type { CompilerSettings } from './compile.ts'

/** What is compared. An operation of several transactions, or one of many items, says so in the row's note. */
export const operations = {
  firstKey: 'first key of 64 bytes',
  firstPostQuantumKey: 'first key of 1,248 bytes (post-quantum)',
  firstMlKemKey: 'first key of 1,184 bytes (ML-KEM)',
  laterKey: 'another key of 64 bytes beside the first',
  replacedKey: 'next key of 64 bytes, the old one ends',
  revokedKey: 'revocation of a key',
  signedKey: 'first key of 64 bytes, by signature',
  walletKey: 'first key of 64 bytes, by signature of a wallet (ERC-1271)',
  batchedKeys: 'first keys of 64 bytes by signature, in one transaction, each',
  control: 'change of controller',
  schema: 'schema, once for everybody',
  attestation: 'attestation of 32 bytes',
  batchedAttestations: 'attestations of 32 bytes, in one transaction, each',
  loggedRoot: 'root in a log',
  storedRoot: 'root in storage',
  batchedRoots: 'roots, 100 in one transaction, each',
  message: 'message, 1,000 below a root',
} as const

/** The name of an operation. */
export type Operation = (typeof operations)[keyof typeof operations]

/** Whose contracts were called. Peers are measured twice: built with Herald's settings, and as npm ships them. */
export type System =
  | 'herald'
  | 'ethr-did-registry'
  | 'eas-contracts'
  | 'ethr-did-registry, as shipped'
  | 'eas-contracts, as shipped'

/** What one operation costs. */
export interface Row {
  readonly operation: Operation
  readonly system: System
  /** Gas of whole transactions, by their receipts; for one item of many, its share, rounded up. */
  readonly gasUsed: number
  /** The limit that `gasUsed` has to keep. */
  readonly atMost?: number
  /** The functions that were called, and what differs from the other systems. */
  readonly note: string
}

/** How a contract was made, and how long it is. */
export interface Build {
  readonly system: System
  readonly contract: string
  /** Version of solc. */
  readonly compiler: string
  readonly settings: CompilerSettings
  /** Bytes of its runtime code. */
  readonly runtimeBytes: number
  /** The limit that `runtimeBytes` has to keep. */
  readonly atMost?: number
}

/** All that was measured of some systems. */
export interface Figures {
  readonly builds: readonly Build[]
  readonly rows: readonly Row[]
}

/** What stands in bench/results/gas.json. */
export interface GasResults extends Figures {
  readonly command: string
  readonly environment: Readonly<Record<string, string>>
}

const print = (count: number) => count.toLocaleString('en')

/** One line for each limit that is exceeded. */
export function findExceeded({ builds, rows }: Figures): string[] {
  const limited = [
    ...rows.map(({ system, operation, gasUsed, atMost }) => ({ what: `${system}, ${operation}`, is: gasUsed, atMost })),
    ...builds.map(({ system, contract, runtimeBytes, atMost }) => ({
      what: `${system}, bytes of ${contract}`,
      is: runtimeBytes,
      atMost,
    })),
  ]
  return limited.flatMap(({ what, is, atMost = Number.POSITIVE_INFINITY }) =>
    is > atMost ? [`${what}: ${print(is)} is more than ${print(atMost)}`] : [],
  )
}

/** Entry → what it says, each under a name of its own. */
function entriesOf({ builds, rows }: Figures, system: System): Map<string, string> {
  const ofSystem = (entry: Row | Build) => entry.system === system
  return new Map([
    ...builds.filter(ofSystem).map((build) => [build.contract, JSON.stringify(build)] as const),
    ...rows.filter(ofSystem).map((row) => [row.operation, JSON.stringify(row)] as const),
  ])
}

/** One line for each entry of a system that is kept otherwise than it is now, or is in one of the two only. */
export function findStale(kept: Figures, now: Figures, system: System): string[] {
  const before = entriesOf(kept, system)
  const after = entriesOf(now, system)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `kept: ${before.get(name) ?? `no ${name}`}\nnow:  ${after.get(name) ?? `no ${name}`}`)
}
