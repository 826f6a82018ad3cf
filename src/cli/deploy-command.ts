/** `herald deploy`: both contracts on a chain, at the addresses they have on every chain, and a file that says where. */
import { deployContracts } from '../anchor/deploy.ts'
import type { DeployedContract } from '../registry/deploy.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { setting } from './env.ts'
import { chainIdOf, parseFlags, settingFor, writeDeployment } from './settings.ts'

const help = `usage: herald deploy [options]

  --rpc-url <url>   JSON-RPC endpoint                         (HERALD_RPC_URL, http://127.0.0.1:8545)
  --chain-id <id>   chain it has to serve                     (HERALD_CHAIN_ID, the endpoint's)
  --data <folder>   deployments/<chain id>.json is kept here  (HERALD_DATA, .herald)

HERALD_PRIVATE_KEY pays: a private key, 32 bytes as 0x hexadecimal. Any account gives the same addresses; what stands there
already is left as it is and costs nothing.`

function describe(name: string, { address, transaction }: DeployedContract): string {
  if (transaction === undefined) return `${name}  ${address}  stood there already`
  const { gasUsed, transactionHash, l1Fee } = transaction
  const onBaseChain = l1Fee === undefined ? '' : `  base chain ${l1Fee} wei`
  return `${name}  ${address}\n  gas ${gasUsed}${onBaseChain}  transaction ${transactionHash}`
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const flags = parseFlags(args, ['rpc-url', 'chain-id', 'data'])
  const account = setting('HERALD_PRIVATE_KEY')
  if (account === undefined) throw new UsageError('set HERALD_PRIVATE_KEY to the private key of the account that pays')
  const stated = flags['chain-id'] ?? setting('HERALD_CHAIN_ID')
  const { registry, anchor, deployment } = await deployContracts({
    rpcUrl: settingFor(flags, 'rpc-url', 'HERALD_RPC_URL', 'http://127.0.0.1:8545'),
    account: account as `0x${string}`,
    ...(stated === undefined ? {} : { chainId: chainIdOf(stated) }),
  })
  io.out(describe('AgentRegistry', registry))
  io.out(describe('MessageAnchor', anchor))
  io.out(`written to ${writeDeployment(settingFor(flags, 'data', 'HERALD_DATA', '.herald'), deployment)}`)
  return 0
}

/** The command. */
export const deployCommand: Command = { name: 'deploy', summary: 'deploy both contracts', help, run }
