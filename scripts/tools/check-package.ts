/**
 * Builds and packs the package, installs the tarball beside its production dependencies only, and uses it from there:
 * each entry point loads and has types, the `herald` command starts.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root, runCommand } from './process.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const entryPoints = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => manifest.name + subpath.slice(1))

/** Runs one step; a step that fails ends the check with its output. */
async function step(name: string, commandLine: string): Promise<string> {
  const { exitCode, output } = await runCommand(commandLine)
  if (exitCode === 0) return output
  console.error(`${name} failed\n$ ${commandLine}\n${output}`)
  process.exit(1)
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}

/** Unpacks the tarball as npm would; dependencies are links to those installed here. */
async function install(consumer: string): Promise<string> {
  await step('pack', `npm pack --silent --ignore-scripts --pack-destination "${consumer}"`)
  const installed = join(consumer, 'node_modules', manifest.name)
  mkdirSync(installed, { recursive: true })
  const tarball = join(consumer, `${manifest.name}-${manifest.version}.tgz`)
  await step('unpack', `tar -xzf "${tarball}" --strip-components 1 -C "${installed}"`)
  for (const name of [...Object.keys(manifest.dependencies), '@types/node'])
    link(join(root, 'node_modules', name), join(consumer, 'node_modules', name))
  return installed
}

/** @NOTE publint holds `imports` of a nested package.json for ignored; Node and bundlers take the nearest one's. */
const mistakenRules: readonly string[] = ['NESTED_PACKAGE_JSON_FIELD_IGNORED']

async function lint(installed: string): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, level: 'warning' })
  const faults = messages.filter(({ code }) => !mistakenRules.includes(code))
  for (const fault of faults) console.error(`publint: ${formatMessage(fault, pkg, { color: false })}`)
  if (faults.length > 0) process.exit(1)
}

/** A program that imports every entry point, and prints what it got. */
function consumerProgram(): string {
  const imports = entryPoints.map((name, index) => `import * as entry${index} from '${name}'`)
  const names = entryPoints.map((_, index) => `entry${index}`).join(', ')
  return `${imports.join('\n')}\nfor (const entry of [${names}]) if (Object.keys(entry).length === 0) throw new Error('empty')\n`
}

async function use(consumer: string, installed: string): Promise<void> {
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(consumer, 'consumer.ts'), consumerProgram())
  const options = '--module nodenext --target es2024 --lib es2024,esnext.disposable,dom --strict --noEmit --types node'
  await step('types', `tsc ${options} --ignoreConfig "${join(consumer, 'consumer.ts')}"`)
  await step('import', `node "${join(consumer, 'consumer.ts')}"`)
  await step('command', `node "${join(installed, 'bin', 'herald.js')}" --help`)
}

const consumer = mkdtempSync(join(tmpdir(), 'herald-consumer-'))
process.once('exit', () => rmSync(consumer, { recursive: true }))
await step('build', 'node scripts/tools/build.ts')
const installed = await install(consumer)
await lint(installed)
await use(consumer, installed)
