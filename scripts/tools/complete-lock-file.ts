/**
 * Adds to package-lock.json the builds of optional dependencies for other platforms that npm left out. npm omits a build
 * that the registry in use does not have, and `npm ci` then refuses the lock file, everywhere. An added entry pins the
 * version alone, since the content was not there to be hashed.
 *
 *     node scripts/tools/complete-lock-file.ts       after each `npm install` that changes the lock file
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findOmittedBuilds, type LockedPackage, type LockedPackages, type OmittedBuild } from './check-dependencies.ts'
import { root } from './process.ts'

const operatingSystems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** Reads the platform out of a name such as `binding-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/)
  const os = operatingSystems.filter((word) => words.includes(word))
  const cpu = processors.filter((word) => words.includes(word))
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name} does not name one platform; add its entry by hand`)
  if (os[0] !== 'linux') return { cpu, os }
  return { cpu, libc: [words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'], os }
}

function entryOf({ name, version, parent }: OmittedBuild): LockedPackage {
  const kind = parent.dev === true ? { dev: true } : {}
  const licence = parent.license === undefined ? {} : { license: parent.license }
  return { version, ...kind, ...licence, optional: true, ...platformOf(name) }
}

const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: LockedPackages }
const added = findOmittedBuilds(lock.packages).map((build) => [`node_modules/${build.name}`, entryOf(build)] as const)
const [project, ...others] = Object.entries(lock.packages)
const sorted = [...others, ...added].sort(([a], [b]) => a.localeCompare(b, 'en'))
const packages = Object.fromEntries(project === undefined ? sorted : [project, ...sorted])
if (added.length > 0) writeFileSync(path, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
console.log(`${added.length} entries added to package-lock.json`)
