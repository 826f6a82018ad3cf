/** The Solidity compiler that the contracts are built with, inside this process. */

import { createRequire } from 'node:module'

/** The part of the compiler's standard JSON input that these tools touch. */
export interface CompilerInput {
  readonly language: string
  readonly sources: Readonly<Record<string, { readonly content: string }>>
  readonly settings: Readonly<Record<string, unknown>>
}

/** What of its output they read. */
export interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly sources: Readonly<Record<string, { readonly ast: unknown }>>
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, { readonly evm: CompiledCode }>>>>
}

/** Code in hexadecimal, without `0x`. */
interface CompiledCode {
  readonly bytecode: { readonly object: string }
  readonly deployedBytecode: { readonly object: string }
}

interface Solc {
  compile(input: string, callbacks: { readonly import: () => { readonly contents: string } }): string
}

let solc: Solc | undefined

/**
 * Compiles. A source that is imported and not given counts as empty, which is enough to parse another.
 *
 * @throws Error with the compiler's own words when it refuses the input
 */
export function compile(input: CompilerInput): CompilerOutput {
  // It takes a second to load.
  solc ??= createRequire(import.meta.url)('solc') as Solc
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: () => ({ contents: '' }) })) as CompilerOutput
  const refused = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (refused.length > 0) throw new Error(refused.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return output
}
