/**
 * PostgreSQL: one table, `synchronous_commit = on`. Whatever waits while a producer's insert is under way is its next insert,
 * so that many messages share one commit; a consumer takes what waits, skips what others have locked, and acknowledges
 * with the commit that deletes it. It asks again after a millisecond when there is nothing.
 */
import pg from 'pg'
import type { Connect } from '../../relay/broker.ts'

const table = `CREATE TABLE IF NOT EXISTS inbox (
  mailbox int NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  body bytea NOT NULL, PRIMARY KEY (mailbox, seq))`
const insert = {
  name: 'insert',
  text: 'INSERT INTO inbox (mailbox, body) SELECT $1::int, body FROM unnest($2::bytea[]) WITH ORDINALITY AS t (body, n) ORDER BY n',
}
const take = {
  name: 'take',
  text: `WITH taken AS (DELETE FROM inbox WHERE mailbox = $1 AND seq IN
    (SELECT seq FROM inbox WHERE mailbox = $1 ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING seq, body)
    SELECT body FROM taken ORDER BY seq`,
}

interface Waiting {
  readonly body: Buffer
  onConfirmed(): void
}

/** Connects. */
export const connectPostgresql: Connect = async ({ port, user }) => {
  const clients: pg.Client[] = []
  let closed = false
  const open = async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: String(user), database: 'postgres' })
    await client.connect()
    clients.push(client)
    return client
  }
  return {
    async producer(queue) {
      const client = await open()
      let waiting: Waiting[] = []
      let busy = false
      const flush = async () => {
        if (busy) return
        busy = true
        while (waiting.length > 0) {
          const sent = waiting
          waiting = []
          await client.query({ ...insert, values: [queue, sent.map(({ body }) => body)] })
          for (const { onConfirmed } of sent) onConfirmed()
        }
        busy = false
      }
      return {
        publish(body, onConfirmed) {
          waiting.push({ body: Buffer.from(body.buffer), onConfirmed })
          if (!busy) setImmediate(() => void flush())
        },
      }
    },
    async consumer(queue, window, events) {
      const client = await open()
      const run = async () => {
        while (!closed) {
          await client.query('BEGIN')
          const { rows } = await client.query<{ body: Buffer }>({ ...take, values: [queue, window] })
          for (const { body } of rows) events.delivered(body)
          await client.query('COMMIT')
          if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
          else events.settled(rows.length)
        }
      }
      // It ends with the connection.
      run().catch((error: unknown) => {
        if (!closed) throw error
      })
    },
    async empty(queue) {
      const client = await open()
      await client.query(table)
      await client.query('DELETE FROM inbox WHERE mailbox = $1', [queue])
      await client.query('VACUUM inbox')
    },
    async close() {
      closed = true
      for (const client of clients) await client.end()
    },
  }
}
