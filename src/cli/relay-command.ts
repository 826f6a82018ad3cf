/** `herald relay`: a relay on this machine, for agents of one registry. */
import { join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { canonicalDeployment } from '../registry/deployment.ts'
import { openRpc } from '../registry/rpc.ts'
import type { Command, CommandIo } from './command.ts'
import { setting } from './env.ts'
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

Stops on SIGINT or SIGTERM, after it has answered what it accepted.`

const flagNames = ['port', 'host', 'origin', 'data', 'rpc-url', 'chain-id', 'registry']

async function settingsOf(flags: Flags, log: RelaySettings['log']): Promise<RelaySettings> {
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
    log,
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
