/** A TCP proxy before a relay that cuts connections in the middle, or falls silent without closing them. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string
  /** Cuts each new connection after so many bytes to the relay; none when left out. */
  cutAfter(bytesOf: (() => number) | undefined): void
  /** Passes nothing on any more on the connections there are, and closes none: what a machine that lost power looks like. */
  fallSilent(): void
}

/** Starts a proxy before a relay's URL. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const port = Number(new URL(target).port)
  const sockets = new Set<Socket>()
  let nextCut: (() => number) | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let left = nextCut?.() ?? Number.POSITIVE_INFINITY
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
    }
    const cut = () => {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    client.on('data', (chunk) => {
      if (chunk.length < left) upstream.write(chunk)
      else upstream.write(chunk.subarray(0, left), cut)
      left -= chunk.length
    })
    upstream.on('data', (chunk) => client.write(chunk))
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAfter(bytesOf) {
      nextCut = bytesOf
    },
    fallSilent() {
      for (const socket of sockets) socket.removeAllListeners('data').pause()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
