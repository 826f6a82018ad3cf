/** Redis: a stream a mailbox with one consumer group; commands of one turn travel together; acknowledged ones are deleted. */
import { Redis } from 'ioredis'
import type { Connect } from '../../relay/broker.ts'

type Entry = [id: Buffer, fields: Buffer[]]

const nameOf = (queue: number) => `mailbox:${queue}`
const group = 'readers'

/** Connects. */
export const connectRedis: Connect = async ({ port }) => {
  const clients: Redis[] = []
  let closed = false
  const open = () => {
    const client = new Redis(Number(port), '127.0.0.1', { enableAutoPipelining: true, noDelay: true })
    clients.push(client)
    return client
  }
  return {
    async producer(queue) {
      const client = open()
      return {
        publish: (body, onConfirmed) =>
          void client.xadd(nameOf(queue), '*', 'b', Buffer.from(body.buffer)).then(onConfirmed),
      }
    },
    async consumer(queue, window, events) {
      const [reader, writer] = [open(), open()]
      const name = nameOf(queue)
      const take = async () => {
        const answer = await reader.xreadgroupBuffer(
          'GROUP',
          group,
          'one',
          'COUNT',
          window,
          'BLOCK',
          1000,
          'STREAMS',
          name,
          '>',
        )
        const [[, entries = []] = []] = (answer ?? []) as [Buffer, Entry[]][]
        if (entries.length === 0) return
        for (const [, [, body]] of entries) events.delivered(body as Buffer)
        const ids = entries.map(([id]) => id)
        await Promise.all([writer.xack(name, group, ...ids), writer.xdel(name, ...ids)])
        events.settled(ids.length)
      }
      const run = async () => {
        while (!closed) await take()
      }
      // It ends with the connection.
      run().catch((error: unknown) => {
        if (!closed) throw error
      })
    },
    async empty(queue) {
      const client = open()
      await client.del(nameOf(queue))
      await client.xgroup('CREATE', nameOf(queue), group, '$', 'MKSTREAM')
    },
    async close() {
      closed = true
      for (const client of clients) client.disconnect()
    },
  }
}
