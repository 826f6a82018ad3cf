/**
 * Gets what a benchmark compares Herald with. It has a package of its own, `bench/peers/<name>`, which neither users nor
 * `npm ci` install; this installs it, exactly as locked and without install scripts, when it is not there.
 */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folder `bench/peers/<name>`, its packages installed. */
export function installPeers(name: string, megabytes: number): string {
  const folder = join(import.meta.dirname, 'peers', name)
  // npm writes this file when all else is in place.
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return folder
  console.log(`installing the peers in bench/peers/${name} (about ${megabytes} MB) …`)
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`npm ci failed in bench/peers/${name}`)
  return folder
}
