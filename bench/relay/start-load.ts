/** Has a load made by a process of its own, and watches what the server spends meanwhile. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Load, LoadMessage, LoadResult } from './broker.ts'
import { cpuMicrosOf } from './process-cost.ts'

/** What was measured of one load. */
export interface Measured extends LoadResult {
  readonly perSecond: number
  /** CPU time of all the server's processes a message, microseconds. */
  readonly serverMicros: number
  readonly clientMicros: number
}

const program = new URL('programs/load.ts', import.meta.url).pathname

function rounded(value: number): number {
  return Number(value.toFixed(1))
}

/** Runs a load against a server of these processes. @throws when the load fails */
export async function startLoad(load: Load, serverPids: readonly number[]): Promise<Measured> {
  const child = spawn(process.execPath, [program, JSON.stringify(load)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let serverCpu = 0
  let result: LoadResult | undefined
  child.on('message', (message: LoadMessage) => {
    if (message.say === 'result') result = message.result
    else serverCpu = cpuMicrosOf(serverPids) - (message.say === 'end' ? serverCpu : 0)
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (result === undefined) throw new Error(`the load of ${load.client} ended with ${code}`)
  const { messages, millis, clientCpuMicros } = result
  return {
    ...result,
    perSecond: Math.round((messages * 1000) / millis),
    serverMicros: rounded(serverCpu / Math.max(1, messages)),
    clientMicros: rounded(clientCpuMicros / Math.max(1, messages)),
  }
}
