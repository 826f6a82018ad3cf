/** All open WebSockets of a relay: how they come in, are kept alive, and end. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Millis } from '../core/ids.ts'
import { maxFrameBytes } from '../wire/relay-frame.ts'
import type { Services } from './routes.ts'
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
  #heartbeatAt: Millis
  #whenEmpty: (() => void) | undefined

  constructor(services: Services) {
    this.#services = services
    this.#heartbeatAt = services.context.ambient.now()
  }

  /** Handles the `upgrade` event of a server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { closing, limits } = this.#services.context
    // Node has let go of this socket: without a listener, a client that resets it would end the process.
    socket.on('error', () => socket.destroy())
    const refusal = this.#refusal(request, closing.aborted || this.#connections.size >= limits.maxSockets)
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      const connection = new StreamConnection(this.#services, websocket, request.socket.remoteAddress ?? '', () => {
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

  /** To be called regularly: drops slow clients, and sends pings when it is time. */
  tick(): void {
    const { ambient, limits } = this.#services.context
    const isHeartbeat = ambient.now() - this.#heartbeatAt >= limits.heartbeatMillis
    if (isHeartbeat) this.#heartbeatAt = ambient.now()
    for (const connection of this.#connections) {
      connection.dropIfSlow()
      if (isHeartbeat) connection.heartbeat()
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
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
