/**
 * Gets the peers. They have a package of their own beside `bench/peers/crypto/package.json`, which neither users nor
 * `npm ci` install; this installs it, exactly as locked and without install scripts, when it is not there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Peers } from './alternatives.ts'

const folder = join(import.meta.dirname, '..', 'peers', 'crypto')

/** The peers, installed on first use. */
export async function loadPeers(): Promise<Peers> {
  if (!existsSync(join(folder, 'node_modules'))) {
    console.log('installing the peers in bench/peers/crypto (about 200 MB) …')
    const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
    if (status !== 0) throw new Error('npm ci failed in bench/peers/crypto')
  }
  const { default: peers } = await import(pathToFileURL(join(folder, 'index.ts')).href)
  return peers as Peers
}
