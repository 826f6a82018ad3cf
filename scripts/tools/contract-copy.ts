/** A copy of the contracts with their tests in a temporary folder, for tools that change the sources. */

import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './process.ts'

const copied = ['contracts', 'ignition', 'src', 'test/contracts', 'hardhat.config.ts', 'package.json', 'tsconfig.json']

/** Gas figures hold for the real code only. */
const figures = ['test/contracts/Gas.t.sol', 'test/contracts/gas.test.ts']

/**
 * Copies what the contract tests need into a folder, which is made. Nothing is compiled yet. Compiling takes the shorter
 * way (no `viaIR`), since the tests are on trial and not the compiler; and tests have ten minutes, since a busy machine
 * must not pass for a test that noticed something.
 */
export function copyContracts(folder: string): void {
  for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const path of figures) rmSync(join(folder, path))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const config = join(folder, 'hardhat.config.ts')
  replaceOnce(config, 'viaIR: true', 'viaIR: false')
  replaceOnce(config, 'timeout: 60_000', 'timeout: 600_000')
}

/**
 * Replaces a text in a file.
 *
 * @returns puts back what was there before
 * @throws Error unless the text stands there once
 */
export function replaceOnce(path: string, from: string, to: string): () => void {
  const before = readFileSync(path, 'utf8')
  const places = before.split(from).length - 1
  if (places !== 1) throw new Error(`"${from}" stands ${places} times in ${path}, not once`)
  writeFileSync(
    path,
    before.replace(from, () => to),
  )
  return () => writeFileSync(path, before)
}
