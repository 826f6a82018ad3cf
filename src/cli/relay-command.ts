/** `herald relay`: a relay on this machine, for agents of one registry. */
import { join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { canonicalDeployment } from '../registry/deployment.ts'
import { openRpc } from '../registry/rpc.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { setting } from './env.ts'
import type { RelayOperation } from './relay-files.ts'
import { jsonLog, textLog } from './relay-log.ts'
import { chainIdOf, type Flags, parseFlags, portOf, readDeployment, settingFor } from './settings.ts'
import { type RelaySettings, startRelay } from './start-relay.ts'

const help = `usage: herald relay [options]

  --port <port>         port to listen on, 0 for a free one   (HERALD_RELAY_PORT, 8787)
  --host <address>      address to listen on                  (HERALD_RELAY_HOST, 127.0.0.1)
  --origin <url>        URL that clients use                  (HERALD_RELAY_ORIGIN, http://<host>:<port>)
  --data <folder>       key and mail, made when missing       (HERALD_DATA/relay, .herald/relay)
  --rpc-url <url>       JSON-RPC endpoint                     (HERALD_RPC_URL, http://127.0.0.1:8545)
  --chain-id <id>       chain it has to serve                 (HERALD_CHAIN_ID, the endpoint's)
  --registry <address>  AgentRegistry contract                (HERALD_REGISTRY, the deployment in .herald, the canonical one)
  --tls-cert <file>     certificate chain in PEM: speak TLS   (HERALD_RELAY_TLS_CERT)
  --tls-key <file>      its key in PEM                        (HERALD_RELAY_TLS_KEY)
  --trust-proxy <yes>   believe the last X-Forwarded-For      (HERALD_RELAY_TRUST_PROXY, no)
  --metrics-token <file>  what opens /metrics, as bearer      (HERALD_RELAY_METRICS_TOKEN, closed)
  --limits <file>       JSON of limits to change              (HERALD_RELAY_LIMITS)
  --log <text|json>     warnings as text, or all as JSON      (HERALD_RELAY_LOG, text)

Stops on SIGINT or SIGTERM, after it has answered what it accepted.`

const flagNames = [
  'port',
  'host',
  'origin',
  'data',
  'rpc-url',
  'chain-id',
  'registry',
  'tls-cert',
  'tls-key',
  'trust-proxy',
  'metrics-token',
  'limits',
  'log',
]

/** One of two words. @throws UsageError */
function choiceOf<const Word extends string>(text: string, flag: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text)
  if (found === undefined) throw new UsageError(`--${flag} takes ${words.join(' or ')}`)
  return found
}

/** How it is run, beside where and for whom. */
function operationOf(flags: Flags, err: (line: string) => void): RelayOperation {
  const yes = choiceOf(settingFor(flags, 'trust-proxy', 'HERALD_RELAY_TRUST_PROXY', 'no'), 'trust-proxy', ['yes', 'no'])
  const cert = flags['tls-cert'] ?? setting('HERALD_RELAY_TLS_CERT')
  const key = flags['tls-key'] ?? setting('HERALD_RELAY_TLS_KEY')
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--tls-cert and --tls-key go together')
  const style = choiceOf(settingFor(flags, 'log', 'HERALD_RELAY_LOG', 'text'), 'log', ['text', 'json'])
  return {
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    trustProxy: yes === 'yes',
    metricsTokenFile: flags['metrics-token'] ?? setting('HERALD_RELAY_METRICS_TOKEN'),
    limitsFile: flags['limits'] ?? setting('HERALD_RELAY_LIMITS'),
    log: style === 'json' ? jsonLog(err) : textLog(err),
  }
}

async function settingsOf(flags: Flags, err: (line: string) => void): Promise<RelaySettings> {
  const home = setting('HERALD_DATA') ?? '.herald'
  const rpcUrl = settingFor(flags, 'rpc-url', 'HERALD_RPC_URL', 'http://127.0.0.1:8545')
  const stated = flags['chain-id'] ?? setting('HERALD_CHAIN_ID')
  const chainId = stated === undefined ? await openRpc({ rpcUrl }).chainId() : chainIdOf(stated)
  const { registry: deployed } = readDeployment(home, chainId) ?? canonicalDeployment(chainId)
  const registry = flags['registry'] ?? setting('HERALD_REGISTRY') ?? deployed
  return {
    host: settingFor(flags, 'host', 'HERALD_RELAY_HOST', '127.0.0.1'),
    port: portOf(settingFor(flags, 'port', 'HERALD_RELAY_PORT', '8787'), 'port'),
    origin: flags['origin'] ?? setting('HERALD_RELAY_ORIGIN'),
    data: flags['data'] ?? join(home, 'relay'),
    rpcUrl,
    chainId,
    registry,
    ...operationOf(flags, err),
  }
}

/** Resolves when the user asks the process to stop. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const settings = await settingsOf(parseFlags(args, flagNames), (line) => io.err(line))
  const relay = await startRelay(settings)
  io.out(`relay at ${relay.url}  key ${toHex(relay.publicKey)}  mail in ${settings.data}`)
  await stopped(io.signal)
  await relay.close()
  return 0
}

/** The command. */
export const relayCommand: Command = { name: 'relay', summary: 'run a relay', help, run }
