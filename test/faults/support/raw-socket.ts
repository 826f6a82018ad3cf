/** A WebSocket to a relay below the library's own client: sends what it is told, and says what came. */
import { once } from 'node:events'
import WebSocket from 'ws'
import {
  type ClientFrame,
  decodeRelayFrame,
  encodeRelayFrame,
  type ServerFrame,
} from '../../../src/wire/relay-frame.ts'

/** An open socket. */
export class RawSocket {
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  readonly frames: ServerFrame[] = []
  /** Why the relay closed it. */
  closed: { readonly code: number; readonly reason: string } | undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    const wake = () => {
      for (const look of [...this.#waiting]) look()
    }
    socket.on('error', () => {})
    socket.on('message', (data) => {
      this.frames.push(decodeRelayFrame(new Uint8Array(data as Buffer)) as ServerFrame)
      wake()
    })
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
      wake()
    })
  }

  /** Opens one and, with a token, authenticates. */
  static async open(url: string, token?: string): Promise<RawSocket> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`)
    const raw = new RawSocket(socket)
    await once(socket, 'open')
    if (token === undefined) return raw
    raw.send({ type: 'authenticate', token })
    await raw.until(() => raw.frames.some(({ type }) => type === 'welcome'))
    return raw
  }

  /** Sends a frame. */
  send(frame: ClientFrame): void {
    this.sendBytes(encodeRelayFrame(frame))
  }

  /** Sends anything as one binary message. */
  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes)
  }

  /** Resolves when something holds, looked at after each frame, or when the socket is closed. */
  async until(holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds() && this.closed === undefined) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Closes it without a word. */
  drop(): void {
    this.#socket.terminate()
  }
}
