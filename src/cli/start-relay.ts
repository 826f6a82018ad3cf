/** Starts a relay with its adapters: the chain's card directory, a SQLite mailbox store, and a key kept in a file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultBackend } from '#crypto-backend'
import { systemAmbient } from '../core/ambient.ts'
import { Secret } from '../core/secret.ts'
import { createCardDirectory, type WatchingCardDirectory } from '../registry/create-card-directory.ts'
import { createRegistryClient } from '../registry/registry-client.ts'
import type { RelayLogEntry } from '../relay/config.ts'
import { createRelay, type Relay } from '../relay/create-relay.ts'
import { sqliteMailbox } from '../relay/mailbox/sqlite-mailbox.ts'
import { PortTakenError, RelayKeyError } from './errors.ts'

/** What a relay is started with. */
export interface RelaySettings {
  readonly host: string
  readonly port: number
  /** The URL clients use, where it is not `http://<host>:<port>`. */
  readonly origin?: string | undefined
  /** Folder for the relay's key and mail; made when it is not there. */
  readonly data: string
  readonly rpcUrl: string
  readonly chainId: number
  /** Address of the AgentRegistry contract. */
  readonly registry: string
  /** Writes a line of the log: warnings and errors. */
  log(line: string): void
}

const keyBytes = 32

/** The relay's key: read from its file, or drawn and kept there, readable by its owner only. @throws RelayKeyError */
function relayKey(file: string): Secret {
  try {
    const bytes = readFileSync(file)
    if (bytes.length !== keyBytes) throw new RelayKeyError({ file })
    return new Secret(bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const drawn = systemAmbient.random(keyBytes)
  writeFileSync(file, drawn, { mode: 0o600, flag: 'wx', flush: true })
  return new Secret(drawn)
}

function logTo(settings: RelaySettings) {
  return ({ level, event, code }: RelayLogEntry) => {
    // What goes well is no news: a relay that runs says nothing.
    if (level !== 'info') settings.log(`${level} ${event}${code === undefined ? '' : ` ${code}`}`)
  }
}

function directoryOf({ rpcUrl, chainId, registry }: RelaySettings): WatchingCardDirectory {
  const client = createRegistryClient({ rpcUrl, chainId, registry })
  return createCardDirectory({ client, backend: defaultBackend, ambient: systemAmbient, watch: true })
}

/** The relay, with its parts closed after it. */
function owning(relay: Relay, closeParts: () => Promise<void>): Relay {
  const { url, port, publicKey } = relay
  const close = async () => {
    await relay.close()
    await closeParts()
  }
  return { url, port, publicKey, close, [Symbol.asyncDispose]: close }
}

/**
 * Starts a relay; disposing of it closes its store too.
 *
 * @throws PortTakenError, RelayKeyError, `relay.store_*` when the data folder is in use or not a relay's
 */
export async function startRelay(settings: RelaySettings): Promise<Relay> {
  const { host, port, origin, data } = settings
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const key = relayKey(join(data, 'relay.key'))
  const log = logTo(settings)
  const onDamaged = () => log({ level: 'error', event: 'message.damaged' })
  const mailbox = await sqliteMailbox({ file: join(data, 'mailbox.db'), onDamaged })
  const directory = directoryOf(settings)
  const closeParts = async () => {
    await directory[Symbol.asyncDispose]()
    await mailbox[Symbol.asyncDispose]()
  }
  const config = { host, port, mailbox, directory, ambient: systemAmbient, backend: defaultBackend, relayKey: key, log }
  try {
    return owning(await createRelay({ ...config, ...(origin === undefined ? {} : { origin }) }), closeParts)
  } catch (error) {
    await closeParts()
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new PortTakenError({ port }) : error
  }
}
