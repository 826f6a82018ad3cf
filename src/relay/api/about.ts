/** Operations that tell about the relay itself: what it is, what time it has, how it is doing. */

import type { Hex } from '../../core/bytes.ts'
import { toHex } from '../../core/bytes.ts'
import {
  maxClockSkewMillis,
  maxEnvelopeBytes,
  maxLeaseCount,
  maxLeaseMillis,
  maxLeaseWaitMillis,
  maxLifetimeMillis,
} from '../../core/limits.ts'
import { softwareVersion } from '../version.ts'
import { count, millis } from './fields.ts'
import { forAnyone, type Operation } from './operation.ts'
import { boolean, hex, object, oneOf, text } from './schema.ts'

const anyText = (maxLength: number) => text(/^/, maxLength, 'text')

const relay = forAnyone({
  id: 'relay',
  method: 'GET',
  path: '/v1/relay',
  summary: 'Tells the key that receipts are signed with, the origin, the software and its limits.',
  rate: 'none',
  params: object({}),
  answers: {
    200: {
      says: 'the relay',
      body: object({
        relayKey: hex<Hex>(32),
        origin: anyText(2048),
        software: anyText(64),
        limits: object({
          maxEnvelopeBytes: count,
          maxLifetimeMillis: millis,
          maxClockSkewMillis: millis,
          maxLeaseCount: count,
          maxLeaseMillis: millis,
          maxLeaseWaitMillis: millis,
          maxMailboxMessages: count,
          maxMailboxBytes: count,
        }),
      }),
    },
  },
  async run({ services: { context } }) {
    const { maxMailboxMessages, maxMailboxBytes } = context.limits
    return {
      relayKey: toHex(context.publicKey),
      origin: context.origin,
      software: `herald/${softwareVersion}`,
      limits: {
        maxEnvelopeBytes,
        maxLifetimeMillis,
        maxClockSkewMillis,
        maxLeaseCount,
        maxLeaseMillis,
        maxLeaseWaitMillis,
        maxMailboxMessages,
        maxMailboxBytes,
      },
    }
  },
})

const time = forAnyone({
  id: 'time',
  method: 'GET',
  path: '/v1/time',
  summary: "Tells the relay's clock.",
  rate: 'none',
  params: object({}),
  answers: { 200: { says: 'the time', body: object({ now: millis }) } },
  run: async ({ services: { context } }) => ({ now: context.ambient.now() }),
})

const health = forAnyone({
  id: 'health',
  method: 'GET',
  path: '/healthz',
  summary: 'Tells that the process answers.',
  rate: 'none',
  params: object({}),
  answers: { 200: { says: 'it does', body: object({ status: oneOf(['ok']) }) } },
  run: async () => ({ status: 200, body: { status: 'ok' } }),
})

const readiness = object({ status: oneOf(['ready', 'not_ready']), store: boolean, chain: boolean })

const ready = forAnyone({
  id: 'ready',
  method: 'GET',
  path: '/readyz',
  summary: 'Tells whether the store can be written to and the chain be asked.',
  rate: 'none',
  params: object({}),
  answers: { 200: { says: 'both', body: readiness }, 503: { says: 'not both', body: readiness } },
  async run({ services }) {
    const { store, chain } = await services.readiness.check()
    const isReady = store && chain
    return { status: isReady ? 200 : 503, body: { status: isReady ? 'ready' : 'not_ready', store, chain } }
  },
})

const metrics = forAnyone(
  {
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Counters and gauges in the text format of Prometheus, for whoever has the token of the configuration.',
    rate: 'none',
    params: object({}),
    answers: { 200: { says: 'the metrics', body: 'text/plain; version=0.0.4; charset=utf-8' } },
    run: async ({ services }) => ({ status: 200, body: await services.metrics.render() }),
  },
  'metrics',
)

/** All of them. */
export const aboutOperations: readonly Operation[] = [relay, time, health, ready, metrics]
