/**
 * Opens many WebSockets to a relay, authenticates each, asks for mail, reads none of it, and says when all are open. The
 * first of them follow: each of these is sent all mail there is, more than the kernel holds for it.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeRelayFrame, type RelayFrame } from '../../src/wire/relay-frame.ts'

const [url = '', token = '', count = '0', followers = '0'] = process.argv.slice(2)
const { hostname, port } = new URL(url)
const atOnce = 100

const follow: RelayFrame = { type: 'follow', afterSeq: 0 }
const stream: RelayFrame = { type: 'stream', window: 256, leaseMillis: 600_000 }

/** A masked binary frame (RFC 6455 §5.2), its mask all zeros. */
function masked(frame: RelayFrame): Buffer {
  const payload = encodeRelayFrame(frame)
  const head = Buffer.from([0x82, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0])
  return payload.length < 126
    ? Buffer.concat([Buffer.from([0x82, 0x80 | payload.length, 0, 0, 0, 0]), payload])
    : Buffer.concat([head, payload])
}

async function open(index: number): Promise<void> {
  const socket = connect(Number(port), hostname)
  socket.on('error', () => process.exit(1))
  const key = randomBytes(16).toString('base64')
  const lines = ['GET /v1/stream HTTP/1.1', 'Host: relay', 'Connection: Upgrade', 'Upgrade: websocket']
  socket.write(`${[...lines, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`].join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(masked({ type: 'authenticate', token }))
  await once(socket, 'data')
  const asked = index < Number(followers) ? follow : stream
  socket.write(masked(asked))
  socket.pause()
}

for (let opened = 0; opened < Number(count); opened += atOnce)
  await Promise.all(Array.from({ length: Math.min(atOnce, Number(count) - opened) }, (_, i) => open(opened + i)))
console.log(`open ${count}`)
