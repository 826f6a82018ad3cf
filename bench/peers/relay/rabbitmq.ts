/** RabbitMQ: a quorum queue a mailbox, publisher confirms, manual acknowledgements; acknowledged in batches. */
import { connect as connectAmqp } from 'amqplib'
import type { Connect } from '../../relay/broker.ts'

const nameOf = (queue: number) => `mailbox.${queue}`

/** Connects. */
export const connectRabbitmq: Connect = async ({ port }) => {
  const open = () => connectAmqp(`amqp://guest:guest@127.0.0.1:${port}`, { noDelay: true })
  const connections: Awaited<ReturnType<typeof open>>[] = []
  const connected = async () => {
    const connection = await open()
    connections.push(connection)
    return connection
  }
  return {
    async producer(queue) {
      const channel = await (await connected()).createConfirmChannel()
      return {
        publish(body, onConfirmed) {
          channel.publish('', nameOf(queue), Buffer.from(body.buffer), { persistent: true }, (error) => {
            if (error) throw error
            onConfirmed()
          })
        },
      }
    },
    async consumer(queue, window, events) {
      const channel = await (await connected()).createChannel()
      await channel.prefetch(window)
      let held = 0
      await channel.consume(nameOf(queue), (message) => {
        if (message === null) throw new Error('RabbitMQ ended the subscription')
        events.delivered(message.content)
        if (held++ > 0) return
        setImmediate(() => {
          // All up to the last one that came in this turn.
          channel.ackAll()
          events.settled(held)
          held = 0
        })
      })
    },
    async empty(queue) {
      const channel = await (await connected()).createChannel()
      await channel.assertQueue(nameOf(queue), { durable: true, arguments: { 'x-queue-type': 'quorum' } })
      await channel.purgeQueue(nameOf(queue))
      await channel.close()
    },
    async close() {
      for (const connection of connections) await connection.close()
    },
  }
}
