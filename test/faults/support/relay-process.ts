/** The real relay as a process of its own: `herald relay`. */
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RelayLimits } from '../../../src/relay/config.ts'
import { type Ended, type Running, runProgram, startProgram } from '../../support/program.ts'
import type { ChainSettings } from './owners.ts'

/** How a relay process is started. */
export interface RelayProcessOptions {
  /** Its data folder. */
  readonly data: string
  /** Left out: one that does not answer, for tests in which nobody reads. */
  readonly chain?: ChainSettings
  /** Limits it is to have in place of its own. */
  readonly limits?: Partial<RelayLimits>
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A running relay. */
export interface RelayProcess extends AsyncDisposable {
  readonly url: string
  readonly process: Running['process']
  /** Ends it with SIGKILL: nothing is flushed, nothing closed. */
  kill(): Promise<Ended>
  /** Asks it to stop. */
  stop(): Promise<Ended>
}

const noChain: ChainSettings = { rpcUrl: 'http://127.0.0.1:9', chainId: 31_337, registry: `0x${'11'.repeat(20)}` }

/** The arguments of a relay on a free port. */
export function relayArguments({ data, chain = noChain }: RelayProcessOptions): string[] {
  const { rpcUrl, chainId, registry } = chain
  const flags = { port: '0', data, 'rpc-url': rpcUrl, 'chain-id': String(chainId), registry }
  return ['relay', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])]
}

let compiled: Promise<string> | undefined

/** Where Node.js keeps what it compiled, since relays start dozens of times here; gone when the tests are over. */
async function compileOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-compiled-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // A process that is killed leaves nothing for others, so one runs to its end first.
  await runProgram('bin/herald.js', ['--help'], { NODE_COMPILE_CACHE: folder })
  return folder
}

async function limitsOf({ data, limits }: RelayProcessOptions): Promise<string[]> {
  if (limits === undefined) return []
  const file = join(data, 'limits.json')
  await writeFile(file, JSON.stringify(limits))
  return ['--limits', file]
}

/** Starts a relay and waits until it listens. @throws when it ends before */
export async function startRelayProcess(options: RelayProcessOptions): Promise<RelayProcess> {
  compiled ??= compileOnce()
  const env = { NODE_COMPILE_CACHE: await compiled, ...options.env }
  const args = [...relayArguments(options), ...(await limitsOf(options))]
  const running = startProgram('bin/herald.js', args, env)
  const [, url = ''] = await running.printed(/relay at (\S+)/)
  return {
    url,
    process: running.process,
    kill: () => running.stop('SIGKILL'),
    stop: () => running.stop('SIGINT'),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
