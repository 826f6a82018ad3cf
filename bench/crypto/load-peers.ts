/** The libraries that Herald is compared with, installed on first use. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installPeers } from '../install-peers.ts'
import type { Peers } from './alternatives.ts'

/** Loads them. Their types stay out of this program's, since they are not there until somebody measures. */
export async function loadPeers(): Promise<Peers> {
  const folder = installPeers('crypto', 200)
  const { default: peers } = await import(pathToFileURL(join(folder, 'index.ts')).href)
  return peers as Peers
}
