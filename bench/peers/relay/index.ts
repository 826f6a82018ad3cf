/** The clients of the brokers of `npm run bench:relay`, each with its own file. */
import type { Connect } from '../../relay/broker.ts'
import { connectMosquitto } from './mosquitto.ts'
import { connectNats } from './nats.ts'
import { connectPostgresql } from './postgresql.ts'
import { connectRabbitmq } from './rabbitmq.ts'
import { connectRedis } from './redis.ts'

const peers: Readonly<Record<string, Connect>> = {
  rabbitmq: connectRabbitmq,
  postgresql: connectPostgresql,
  redis: connectRedis,
  nats: connectNats,
  mosquitto: connectMosquitto,
}

export default peers
