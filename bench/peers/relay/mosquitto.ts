/** Mosquitto: a topic a mailbox at QoS 1, a reader with a persistent session; the client acknowledges what it has handed on. */
import { connectAsync, type MqttClient } from 'mqtt'
import type { Connect } from '../../relay/broker.ts'

const topicOf = (queue: number) => `mailbox/${queue}`

/** Connects. */
export const connectMosquitto: Connect = async ({ port }) => {
  const clients: MqttClient[] = []
  const open = async (clientId: string, clean: boolean) => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, clean, protocolVersion: 5 })
    clients.push(client)
    return client
  }
  return {
    async producer(queue) {
      const client = await open(`writer-${queue}`, true)
      return {
        publish(body, onConfirmed) {
          client.publish(topicOf(queue), Buffer.from(body.buffer), { qos: 1 }, (error) => {
            if (error) throw error
            onConfirmed()
          })
        },
      }
    },
    async consumer(queue, _window, events) {
      const client = await open(`reader-${queue}`, false)
      client.on('message', (_topic, body) => {
        events.delivered(body)
        events.settled(1)
      })
      await client.subscribeAsync(topicOf(queue), { qos: 1 })
    },
    async empty(queue) {
      // A clean session forgets what waits for it; without a subscription nothing is kept.
      const client = await open(`reader-${queue}`, true)
      await client.endAsync()
    },
    async close() {
      for (const client of clients) await client.endAsync(true)
    },
  }
}
