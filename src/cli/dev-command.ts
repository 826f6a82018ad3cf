/** `herald dev`: a local chain with both contracts and a relay, and what to paste to use them. */
import { join } from 'node:path'
import { deployContracts } from '../anchor/deploy.ts'
import type { Deployment } from '../registry/deployment.ts'
import type { Command, CommandIo } from './command.ts'
import { type LocalChain, startLocalChain } from './local-chain.ts'
import { stopped } from './relay-command.ts'
import { textLog } from './relay-log.ts'
import { parseFlags, portOf, settingFor, writeDeployment } from './settings.ts'
import { startRelay } from './start-relay.ts'

const help = `usage: herald dev [options]

  --chain-port <port>  port of the local chain, 0 for a free one  (8545)
  --relay-port <port>  port of the relay, 0 for a free one        (HERALD_RELAY_PORT, 8787)
  --data <folder>      deployment, relay key and mail             (HERALD_DATA, .herald)

Starts a chain that lives in memory, deploys both contracts, starts a relay. Needs Hardhat (an optional peer).`

function toPaste({ rpcUrl, accounts }: LocalChain, { chainId, registry, anchor }: Deployment, relay: string): string {
  return `
import { createAgent } from 'herald'

const agent = await createAgent({
  account: '${accounts[1]?.privateKey}', // a public test key
  chain: { id: ${chainId}, rpcUrl: '${rpcUrl}' },
  registry: '${registry}',
  anchor: '${anchor}',
  relay: '${relay}',
})
await agent.register()
`
}

interface DevSettings {
  readonly chainPort: number
  readonly relayPort: number
  readonly data: string
}

function settingsOf(args: readonly string[]): DevSettings {
  const flags = parseFlags(args, ['chain-port', 'relay-port', 'data'])
  return {
    chainPort: portOf(flags['chain-port'] ?? '8545', 'chain-port'),
    relayPort: portOf(settingFor(flags, 'relay-port', 'HERALD_RELAY_PORT', '8787'), 'relay-port'),
    data: settingFor(flags, 'data', 'HERALD_DATA', '.herald'),
  }
}

async function serve(chain: LocalChain, { relayPort, data }: DevSettings, io: CommandIo): Promise<void> {
  const { rpcUrl, accounts } = chain
  const account = accounts[0]?.privateKey as `0x${string}`
  const { deployment } = await deployContracts({ rpcUrl, chainId: chain.chainId, account })
  const { chainId, registry, anchor } = deployment
  writeDeployment(data, deployment)
  const place = { host: '127.0.0.1', port: relayPort, data: join(data, 'relay') }
  const log = textLog((line) => io.err(line))
  const relay = await startRelay({ ...place, rpcUrl, chainId, registry, log })
  io.out(`chain  ${chainId} at ${rpcUrl}\nrelay  ${relay.url}`)
  io.out(`AgentRegistry  ${registry}\nMessageAnchor  ${anchor}`)
  io.out(toPaste(chain, deployment, relay.url))
  io.out('Ctrl-C stops both.')
  await stopped(io.signal)
  await relay.close()
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const settings = settingsOf(args)
  const chain = await startLocalChain({ port: settings.chainPort })
  try {
    await serve(chain, settings, io)
    return 0
  } finally {
    await chain[Symbol.asyncDispose]()
  }
}

/** The command. */
export const devCommand: Command = { name: 'dev', summary: 'run a local chain and a relay', help, run }
