/** A copy of the contracts with their tests in a temporary folder, for tools that change the sources. */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './process.ts'

const copied = ['contracts', 'ignition', 'src', 'test/contracts', 'hardhat.config.ts', 'package.json', 'tsconfig.json']

/** Gas figures hold for the real code only. */
const figures = ['test/contracts/Gas.t.sol', 'test/contracts/gas.test.ts']

/**
 * Copies what the contract tests need; whoever asked removes the folder. Nothing is compiled yet, and compiling takes the
 * shorter way (no `viaIR`): what is on trial is the tests, not the compiler.
 *
 * @param purpose part of the folder's name
 * @returns the folder
 */
export function copyContracts(purpose: string): string {
  const copy = mkdtempSync(join(tmpdir(), `herald-${purpose}-`))
  for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true })
  for (const path of figures) rmSync(join(copy, path))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  replaceOnce(join(copy, 'hardhat.config.ts'), 'viaIR: true', 'viaIR: false')
  return copy
}

/**
 * Replaces a text in a file.
 *
 * @returns what the file held before
 * @throws Error unless the text stands there once
 */
export function replaceOnce(path: string, from: string, to: string): string {
  const before = readFileSync(path, 'utf8')
  const places = before.split(from).length - 1
  if (places !== 1) throw new Error(`"${from}" stands ${places} times in ${path}, not once`)
  writeFileSync(
    path,
    before.replace(from, () => to),
  )
  return before
}
