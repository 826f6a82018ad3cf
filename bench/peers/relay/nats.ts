/** NATS JetStream: a work-queue stream on files with a subject a mailbox, one pull consumer each; explicit acknowledgements. */
import { AckPolicy, connect, type NatsConnection, RetentionPolicy, StorageType } from 'nats'
import type { Connect } from '../../relay/broker.ts'

const streamOf = (queue: number) => `MAILBOX_${queue}`
const subjectOf = (queue: number) => `mailbox.${queue}`
const durable = 'reader'

/** Connects. */
export const connectNats: Connect = async ({ port }) => {
  const connections: NatsConnection[] = []
  const open = async () => {
    const connection = await connect({ servers: `127.0.0.1:${port}` })
    connections.push(connection)
    return connection
  }
  return {
    async producer(queue) {
      const stream = (await open()).jetstream()
      return {
        publish: (body, onConfirmed) =>
          void stream.publish(subjectOf(queue), body, { timeout: 30_000 }).then(onConfirmed),
      }
    },
    async consumer(queue, window, events) {
      const connection = await open()
      const consumer = await connection.jetstream().consumers.get(streamOf(queue), durable)
      await consumer.consume({
        max_messages: window,
        callback: (message) => {
          events.delivered(message.data)
          message.ack()
          events.settled(1)
        },
      })
    },
    async empty(queue) {
      const manager = await (await open()).jetstreamManager()
      await manager.streams.delete(streamOf(queue)).catch(() => {})
      await manager.streams.add({
        name: streamOf(queue),
        subjects: [subjectOf(queue)],
        retention: RetentionPolicy.Workqueue,
        storage: StorageType.File,
      })
      await manager.consumers.add(streamOf(queue), {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: 10_000,
      })
    },
    async close() {
      for (const connection of connections) await connection.close()
    },
  }
}
