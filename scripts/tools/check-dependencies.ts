/** Checks what the package brings along: licences that permit use in any program, and a lock file good for any machine. */

import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './process.ts'

/** The part of a lock file's entry that is looked at. */
export interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly resolved?: string
  /** It is a folder of this repository, which `resolved` names. */
  readonly link?: boolean
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Installation path → package, as in package-lock.json. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>

/** An optional dependency, a build for another platform as a rule, for which a lock file has no entry. */
export interface OmittedBuild {
  readonly name: string
  readonly version: string
  readonly parent: LockedPackage
  readonly parentPath: string
}

const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT']

/** True for an SPDX expression of which some alternative is permissive throughout. */
function isPermissive(expression: string): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ')
  return alternatives.some((all) => all.split(' AND ').every((licence) => permissive.includes(licence)))
}

/** A folder of this repository, or a link to one: nothing of it is fetched. */
function isOwnFolder(path: string, { link, resolved = '' }: LockedPackage): boolean {
  const folder = link === true ? resolved : path
  return /^[\w-]+$/.test(folder) && folder !== 'node_modules'
}

function entryFaults(path: string, entry: LockedPackage): string[] {
  if (isOwnFolder(path, entry)) return []
  const faults: string[] = []
  const isShipped = entry.dev !== true && entry.devOptional !== true
  if (isShipped && !isPermissive(entry.license ?? ''))
    faults.push(`${path}: licence ${entry.license ?? 'not stated'}; allowed are ${permissive.join(', ')}`)
  if (entry.resolved !== undefined) faults.push(`${path}: "resolved" ties the lock file to one server`)
  if (entry.integrity === undefined && entry.optional !== true)
    faults.push(`${path}: no "integrity", so its content is not pinned`)
  return faults
}

/** The optional dependencies that have no entry, neither beside nor below the package that names them. */
export function findOmittedBuilds(packages: LockedPackages): OmittedBuild[] {
  return Object.entries(packages).flatMap(([parentPath, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !(`node_modules/${name}` in packages || `${parentPath}/node_modules/${name}` in packages))
      .map(([name, version]) => ({ name, version, parent, parentPath })),
  )
}

/** One sentence for each thing wrong. */
export function findDependencyFaults(packages: LockedPackages): string[] {
  const others = Object.entries(packages).filter(([path]) => path !== '')
  const omitted = findOmittedBuilds(packages).map(
    ({ name, parentPath }) => `${parentPath}: no entry for ${name}; run: node scripts/tools/complete-lock-file.ts`,
  )
  return [...others.flatMap(([path, entry]) => entryFaults(path, entry)), ...omitted]
}

/** The lock file in a folder, every package of which counts as not shipped where `shipped` is false. */
function faultsOfLock(folder: string, shipped: boolean): string[] {
  const path = join(folder, 'package-lock.json')
  const { packages } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { packages: LockedPackages }
  const entries = Object.entries(packages).map(([name, entry]) => [name, shipped ? entry : { ...entry, dev: true }])
  return findDependencyFaults(Object.fromEntries(entries)).map((fault) => `${path}: ${fault}`)
}

if (import.meta.main) {
  const peers = globSync('bench/peers/*/package-lock.json', { cwd: root }).map(dirname)
  const faults = [...faultsOfLock('', true), ...peers.flatMap((folder) => faultsOfLock(folder, false))]
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
