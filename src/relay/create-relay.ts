/**
 * The relay: keeps envelopes for mailboxes it cannot read and hands them to their owners (SPEC §8). It sees no sender,
 * no plaintext and no key; by an import rule it has no path to the code that could open a message.
 */
import { once } from 'node:events'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { relayOriginOf } from '../wire/challenge.ts'
import { defaultRelayLimits, type RelayConfig, type RelayContext } from './config.ts'
import { handleRequest } from './http-api.ts'
import { asHeraldError } from './problem.ts'
import { createServices, type Services } from './services.ts'
import { StreamHub } from './stream-hub.ts'

/** A running relay. Closing it stops accepting, answers what it has, and leaves the mailbox store open. */
export interface Relay extends AsyncDisposable {
  /** Where clients reach it, and what sessions are bound to. */
  readonly url: string
  readonly port: number
  /** Ed25519 public key that its receipts are signed with, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Stops accepting, answers what is waiting, gives leases back; resolves when that is done. */
  close(): Promise<void>
}

/** Requests still being answered when the relay closes are cut off after this long. */
const drainMillis = 5000

async function listen(server: Server, { host, port }: RelayConfig): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function createContext(config: RelayConfig, port: number, closing: AbortSignal): RelayContext {
  return {
    ...config,
    origin: relayOriginOf(config.origin ?? `${config.tls ? 'https' : 'http'}://${urlHost(config.host)}:${port}`),
    publicKey: config.backend.ed25519PublicKey(config.relayKey),
    limits: { ...defaultRelayLimits, ...config.limits },
    log: config.log ?? (() => {}),
    trustProxy: config.trustProxy ?? false,
    span: config.span ?? ((_name, run) => run()),
    closing,
  }
}

// Slow-loris: headers within 10 s, a whole request within 30 s, 16 KiB of headers.
const bounds = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 }

function createServer({ tls }: RelayConfig): Server {
  if (tls === undefined) return createPlainServer(bounds)
  const { cert, key } = tls
  // The library's type wants its own kind of bytes.
  const pem = { cert: Buffer.from(cert as Uint8Array), key: Buffer.from(key as Uint8Array) }
  return createTlsServer({ ...bounds, ...pem, minVersion: 'TLSv1.2' })
}

/** Sweeps the store and looks after the sockets, one turn at a time. Gives what ends it. */
function startUpkeep({ context }: Services, hub: StreamHub): () => Promise<void> {
  let turn: Promise<void> | undefined
  const timer = setInterval(() => {
    hub.tick()
    turn ??= context.mailbox
      .sweep(context.ambient.now())
      .then(() => {})
      .catch((error: unknown) =>
        context.log({ level: 'error', event: 'sweep.failed', code: asHeraldError(error).code }),
      )
      .finally(() => {
        turn = undefined
      })
  }, context.limits.sweepMillis)
  return async () => {
    clearInterval(timer)
    await turn
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // Connections become idle as their last requests are answered.
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  const rest = setTimeout(() => server.closeAllConnections(), drainMillis)
  await closed
  clearInterval(idle)
  clearTimeout(rest)
}

/**
 * Starts a relay.
 *
 * @throws an error of node:net when the address cannot be listened on
 * @example
 * const relay = await createRelay({ host: '127.0.0.1', port: 8787, mailbox: await sqliteMailbox({ file }), … })
 */
export async function createRelay(config: RelayConfig): Promise<Relay> {
  const server = createServer(config)
  const port = await listen(server, config)
  const closing = new AbortController()
  const services = createServices(createContext(config, port, closing.signal), () => hub)
  const { context } = services
  const hub = new StreamHub(services)
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    handleRequest(services, request, response),
  )
  server.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head))
  const stopUpkeep = startUpkeep(services, hub)
  const shutDown = async () => {
    closing.abort()
    await Promise.all([hub.close(), closeServer(server), stopUpkeep()])
  }
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= shutDown()
    return closed
  }
  return { url: context.origin, port, publicKey: context.publicKey, close, [Symbol.asyncDispose]: close }
}
