/** Starts a relay with its adapters: the chain's card directory, a SQLite mailbox store, and a key kept in a file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultBackend } from '#crypto-backend'
import { systemAmbient } from '../core/ambient.ts'
import { isHeraldError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { headBlock } from '../registry/card-logs.ts'
import { createCardDirectory } from '../registry/create-card-directory.ts'
import { createWalletVerifier } from '../registry/create-wallet-verifier.ts'
import { createRegistryClient, type RegistryClient } from '../registry/registry-client.ts'
import type { RelayLogEntry } from '../relay/config.ts'
import { createRelay, type Relay } from '../relay/create-relay.ts'
import { sqliteMailbox } from '../relay/mailbox/sqlite-mailbox.ts'
import { relayOriginOf } from '../wire/challenge.ts'
import { AddressUnavailableError, PortTakenError, RelayKeyError } from './errors.ts'
import { openTelemetrySpan } from './open-telemetry.ts'
import { type RelayOperation, readOperation } from './relay-files.ts'

/** What a relay is started with. */
export interface RelaySettings extends RelayOperation {
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
}

const keyBytes = 32

/** The relay's key: read from its file, or drawn and kept there, readable by its owner only. @throws RelayKeyError */
function readRelayKey(file: string): Secret {
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

/** A wrong chain or a missing contract is told at once; a chain that is down may come back while the relay runs. */
async function assertRegistry({ rpc, registry }: RegistryClient, log: (entry: RelayLogEntry) => void): Promise<void> {
  try {
    await rpc.assertContract(registry)
  } catch (error) {
    if (!isHeraldError(error) || error.retry === 'never') throw error
    log({ level: 'warn', event: 'chain.unavailable', code: error.code })
  }
}

function listenError(error: unknown, { host, port }: RelaySettings): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return new PortTakenError({ port })
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? new AddressUnavailableError({ host }) : error
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
 * @throws PortTakenError, RelayKeyError, FileUnusableError, `relay.store_*` when the data folder is in use or not a relay's
 */
export async function startRelay(settings: RelaySettings): Promise<Relay> {
  const { host, port, data } = settings
  const origin = settings.origin === undefined ? {} : { origin: relayOriginOf(settings.origin) }
  const operation = readOperation(settings)
  const { log } = settings
  const client = createRegistryClient(settings)
  await assertRegistry(client, log)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const relayKey = readRelayKey(join(data, 'relay.key'))
  const onDamaged = () => log({ level: 'error', event: 'message.damaged' })
  const mailbox = await sqliteMailbox({ file: join(data, 'mailbox.db'), onDamaged })
  const common = { ambient: systemAmbient, backend: defaultBackend }
  const directory = createCardDirectory({ client, ...common, watch: true })
  const span = await openTelemetrySpan()
  const closeParts = async () => {
    await directory[Symbol.asyncDispose]()
    await mailbox[Symbol.asyncDispose]()
  }
  try {
    return owning(
      await createRelay({
        ...{ host, port, mailbox, directory, relayKey, log },
        ...common,
        ...origin,
        ...operation,
        ...(span && { span }),
        wallets: createWalletVerifier({ client, ambient: systemAmbient }),
        checkChain: () => headBlock(client.rpc),
      }),
      closeParts,
    )
  } catch (error) {
    await closeParts()
    throw listenError(error, settings)
  }
}
