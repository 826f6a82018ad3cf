/** Compiles contracts that Hardhat does not build: those of peers, and a wallet of the tests. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Hex } from 'viem'
import config from '../../hardhat.config.ts'

/** The settings that change what a contract costs. */
export interface CompilerSettings {
  readonly optimizer: { readonly enabled: boolean; readonly runs: number }
  readonly viaIR: boolean
  /** `default` stands for the compiler's own choice. */
  readonly evmVersion: string
}

/** Sources to compile, and what with. */
export interface CompileOptions {
  /** Folder whose `node_modules` has solc and the packages that sources import. */
  readonly packages: string
  /** Folder that the other paths are relative to. */
  readonly sources: string
  /** Files to compile, each for the contract of its own name. */
  readonly contracts: readonly string[]
  readonly settings: CompilerSettings
}

/** What came of it. */
export interface Compiled {
  /** Version of solc. */
  readonly compiler: string
  readonly settings: CompilerSettings
  /** Creation bytecode, by the contract's name. */
  readonly bytecodes: Readonly<Record<string, Hex>>
}

interface Solc {
  version(): string
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<Record<string, Readonly<Record<string, { evm: { bytecode: { object: string } } }>>>>
}

const { version, settings } = config.solidity as unknown as { version: string; settings: CompilerSettings }

/** What Herald's contracts are compiled with: the settings of hardhat.config.ts. */
export const heraldCompiler: { readonly compiler: string; readonly settings: CompilerSettings } = {
  compiler: version,
  settings: { optimizer: settings.optimizer, viaIR: settings.viaIR, evmVersion: settings.evmVersion },
}

const nameOf = (file: string) => file.replace(/^.*\//, '').replace(/\.sol$/, '')

/** Compiles contracts. @throws Error with the compiler's message when one does not compile */
export function compile({ packages, sources, contracts, settings }: CompileOptions): Compiled {
  const solc = createRequire(join(packages, 'package.json'))('solc') as Solc
  const read = (path: string) =>
    readFileSync(path.startsWith('@') ? join(packages, 'node_modules', path) : join(sources, path), 'utf8')
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(contracts.map((file) => [file, { content: read(file) }])),
    settings: {
      ...settings,
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) }),
  ) as SolcOutput
  const error = output.errors?.find(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error(error.formattedMessage)
  const bytecodes = contracts.map((file): [string, Hex] => {
    const object = output.contracts[file]?.[nameOf(file)]?.evm.bytecode.object
    if (object === undefined) throw new Error(`${file} has no contract of its name`)
    return [nameOf(file), `0x${object}`]
  })
  return { compiler: solc.version().replace(/\+.*$/, ''), settings, bytecodes: Object.fromEntries(bytecodes) }
}
