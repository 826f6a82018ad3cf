/**
 * Traces by OpenTelemetry, where its API package is installed (an optional peer) and the process was started with an
 * SDK, for example by `node --import`. Spans are named after operations and hold no more than an error's code.
 */
import { HeraldError } from '../core/errors.ts'
import type { RelaySpan } from '../relay/config.ts'

/** The tracer as a span of a relay; nothing where the package is missing. */
export async function openTelemetrySpan(): Promise<RelaySpan | undefined> {
  const api = await import('@opentelemetry/api').catch(() => undefined)
  if (api === undefined) return undefined
  const tracer = api.trace.getTracer('herald-relay')
  return (name, run) =>
    tracer.startActiveSpan(name, async (span) => {
      try {
        return await run()
      } catch (error) {
        span.setStatus({ code: api.SpanStatusCode.ERROR })
        span.setAttribute('error.type', error instanceof HeraldError ? error.code : 'relay.internal')
        throw error
      } finally {
        span.end()
      }
    })
}
