/** All open WebSockets of a relay: how they come in, are kept alive, and end. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Address, Millis } from '../core/ids.ts'
import { maxFrameBytes } from '../wire/relay-frame.ts'
import { clientAddress } from './client-address.ts'
import { RateLimitedError } from './errors.ts'
import { SendBudget } from './send-budget.ts'
import type { Services } from './services.ts'
import { StreamConnection } from './stream-connection.ts'

const path = '/v1/stream'
/** How long closing waits for sockets to end by themselves. */
const closeWaitMillis = 2000

/** Accepts WebSockets on `/v1/stream`. */
export class StreamHub {
  readonly #services: Services
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  readonly #connections = new Set<StreamConnection>()
  readonly #stopWatching: () => void
  readonly #budget: SendBudget
  #heartbeatAt: Millis
  #whenEmpty: (() => void) | undefined

  constructor(services: Services) {
    this.#services = services
    this.#heartbeatAt = services.context.ambient.now()
    this.#budget = new SendBudget(services.context.limits.maxTotalBufferedBytes)
    this.#stopWatching = services.cards.onChange((agent) => this.#checkSessions(agent))
  }

  /** Ends the sessions of cards that are no longer in force: of one agent, or of anyone. */
  #checkSessions(agent: Address | undefined): void {
    for (const connection of this.#connections)
      if (agent === undefined || connection.agent === agent) void connection.checkSession()
  }

  /** How many are open. */
  get size(): number {
    return this.#connections.size
  }

  /** Bytes that all of them hold in memory. */
  get bufferedBytes(): number {
    return this.#budget.used
  }

  /** Handles the `upgrade` event of a server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { context } = this.#services
    const { closing, limits } = context
    const address = clientAddress(request, context.trustProxy)
    // Node has let go of this socket: without a listener, a client that resets it would end the process.
    socket.on('error', () => socket.destroy())
    const isFull = closing.aborted || this.#connections.size >= limits.maxSockets
    const refusal = this.#refusal(request, isFull) ?? this.#tooOften(address)
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      const stream = { socket: websocket, wire: socket }
      const connection = new StreamConnection(this.#services, stream, this.#budget, address, () => {
        this.#connections.delete(connection)
        if (this.#connections.size === 0) this.#whenEmpty?.()
      })
      this.#connections.add(connection)
    })
  }

  #refusal(request: IncomingMessage, isFull: boolean): string | undefined {
    if ((request.url ?? '').split('?')[0] !== path) return '404 Not Found'
    return isFull ? '503 Service Unavailable' : undefined
  }

  /** A socket counts like a session: it costs the relay as much before it has said who it is. */
  #tooOften(address: string): string | undefined {
    try {
      this.#services.admission.takeSession(address)
      return undefined
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error
      return `429 Too Many Requests\r\nRetry-After: ${error.facts.retryAfterSeconds}`
    }
  }

  /** To be called regularly: drops slow clients; when it is time, sends pings and looks whether sessions are over. */
  tick(): void {
    const { ambient, limits } = this.#services.context
    const isHeartbeat = ambient.now() - this.#heartbeatAt >= limits.heartbeatMillis
    if (isHeartbeat) this.#heartbeatAt = ambient.now()
    for (const connection of this.#connections) {
      connection.dropIfSlow()
      if (isHeartbeat) connection.heartbeat()
    }
    // Beside the chain's news: tokens expire, and wallets lose control of an agent.
    if (isHeartbeat) this.#checkSessions(undefined)
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#stopWatching()
    for (const connection of this.#connections) connection.close()
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, closeWaitMillis)
      this.#whenEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
