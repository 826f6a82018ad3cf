/** Compiles a changed contract inside this process, in a fifth of the time that Hardhat needs to start and compile all. */

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutants.ts'
import { type CompilerInput, compile } from './solc.ts'

/** The contracts that are deployed; everything else is part of one of them. */
export type Deployed = 'AgentRegistry' | 'MessageAnchor'

/** The code of a contract as its artifact has it: hexadecimal, with `0x`. */
interface Code {
  readonly bytecode: string
  readonly deployedBytecode: string
}

/** Which contract a source is part of. */
export function contractOf({ file }: Pick<Mutant, 'file'>): Deployed {
  return file.includes('Anchor') || file.includes('9162') ? 'MessageAnchor' : 'AgentRegistry'
}

/** What Hardhat gave the compiler when it built the copy. */
function readInput(copy: string): CompilerInput {
  const infos = globSync('artifacts/build-info/*.json', { cwd: copy }).filter((path) => !path.endsWith('.output.json'))
  const [path] = infos
  if (path === undefined || infos.length > 1) throw new Error(`${infos.length} builds in ${copy}, not one`)
  return (JSON.parse(readFileSync(join(copy, path), 'utf8')) as { input: CompilerInput }).input
}

/**
 * The input with the mutant in it.
 *
 * @throws Error unless the mutant's text stands once in its source
 */
export function mutate(input: CompilerInput, { name, file, from, to }: Mutant): CompilerInput {
  const path = `project/contracts/${file}`
  const source = input.sources[path]?.content ?? ''
  const places = source.split(from).length - 1
  if (places !== 1) throw new Error(`mutant "${name}": its text stands ${places} times in contracts/${file}, not once`)
  return { ...input, sources: { ...input.sources, [path]: { content: source.replace(from, () => to) } } }
}

function codeOf(input: CompilerInput, contract: Deployed): Code {
  const path = `project/contracts/${contract}.sol`
  const outputSelection = { [path]: { [contract]: ['evm.bytecode.object', 'evm.deployedBytecode.object'] } }
  const { contracts } = compile({ ...input, settings: { ...input.settings, outputSelection } })
  const evm = contracts?.[path]?.[contract]?.evm
  if (evm === undefined) throw new Error(`no code for ${contract}`)
  return { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` }
}

function artifactPath(copy: string, contract: Deployed): string {
  return join(copy, 'artifacts', 'contracts', `${contract}.sol`, `${contract}.json`)
}

/** Puts mutants into the artifacts of copies. */
export interface MutantCompiler {
  /**
   * Compiles a mutant, and puts it into a copy that Hardhat has built.
   *
   * @returns puts back the unbroken code
   * @throws Error when it does not compile, or compiles to the same code: both are mistakes in the list
   */
  install(mutant: Mutant, copy: string): () => void
}

/**
 * A compiler for the mutants of what Hardhat built in a copy.
 *
 * @throws Error unless it makes the same code as Hardhat of what is not changed
 */
export function createMutantCompiler(built: string): MutantCompiler {
  const input = readInput(built)
  const artifacts = new Map<Deployed, string>()
  for (const contract of ['AgentRegistry', 'MessageAnchor'] as const) {
    const artifact = readFileSync(artifactPath(built, contract), 'utf8')
    artifacts.set(contract, artifact)
    const { bytecode } = JSON.parse(artifact) as Code
    if (codeOf(input, contract).bytecode !== bytecode) throw new Error(`Hardhat compiles ${contract} to other code`)
  }
  return {
    install(mutant, copy) {
      const contract = contractOf(mutant)
      const artifact = artifacts.get(contract) ?? ''
      const unbroken = JSON.parse(artifact) as Code
      const code = codeOf(mutate(input, mutant), contract)
      if (code.bytecode === unbroken.bytecode) throw new Error(`mutant "${mutant.name}" changes nothing`)
      const path = artifactPath(copy, contract)
      writeFileSync(path, JSON.stringify({ ...unbroken, ...code }))
      return () => writeFileSync(path, artifact)
    },
  }
}
