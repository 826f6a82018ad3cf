/**
 * What the example scripts share: where the chain, the contracts, the relay and the keys are, and a clear word when one
 * of them is missing. Settings come from the environment:
 *
 * HERALD_RPC_URL      JSON-RPC endpoint               http://127.0.0.1:8545
 * HERALD_RELAY_URL    relay                           http://127.0.0.1:8787
 * HERALD_PRIVATE_KEY  pays for deployments            Hardhat's first test account, on chain 31337 only
 * HERALD_ALICE_KEY    alice's account                 Hardhat's second, likewise
 * HERALD_BOB_KEY      bob's account                   Hardhat's third, likewise
 * HERALD_DATA         folder for keys and proofs      .herald
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from 'viem'
import { deploymentFile, readDeployment, writeDeployment } from '../../src/cli/settings.ts'
import { HeraldError } from '../../src/core/errors.ts'
import type { Deployment } from '../../src/registry/deployment.ts'
import { openRpc } from '../../src/registry/rpc.ts'

/** Something the script needs is not there; the message says how to get it. */
export class MissingError extends Error {}

/** JSON-RPC endpoint. */
export const rpcUrl = process.env['HERALD_RPC_URL'] ?? 'http://127.0.0.1:8545'
/** Relay. */
export const relayUrl = process.env['HERALD_RELAY_URL'] ?? 'http://127.0.0.1:8787'
/** Folder for deployment, keys and proofs. */
const dataFolder = process.env['HERALD_DATA'] ?? '.herald'

const localChainId = 31_337
/** Hardhat's well-known test keys. They are public: never use them on another chain. */
const testKeys: Readonly<Record<string, Hex>> = {
  HERALD_PRIVATE_KEY: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  HERALD_ALICE_KEY: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  HERALD_BOB_KEY: '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
}

/** The id of the chain behind the endpoint. @throws MissingError when no node answers */
export async function chainId(): Promise<number> {
  try {
    return await openRpc({ rpcUrl }).chainId()
  } catch (error) {
    throw new MissingError(
      `No chain answers at ${rpcUrl} (${(error as Error).message}).\n` +
        'Start a local one in another terminal: npx hardhat node\n' +
        'or point HERALD_RPC_URL at one.',
    )
  }
}

/** The private key of an environment variable. @throws MissingError when it is not set and the chain is not local */
export function keyOf(variable: keyof typeof testKeys & string, chain: number): Hex {
  const key = process.env[variable] ?? (chain === localChainId ? testKeys[variable] : undefined)
  if (key === undefined)
    throw new MissingError(`Chain ${chain} is not a local test chain: set ${variable} to a private key (0x, 32 bytes).`)
  return key as Hex
}

/** A file in the data folder, which is made when it is not there. */
export function dataFile(name: string): string {
  mkdirSync(dataFolder, { recursive: true })
  return join(dataFolder, name)
}

/** Keeps a deployment and tells in which file. */
export function saveDeployment(deployment: Deployment): string {
  return writeDeployment(dataFolder, deployment)
}

/** Where the contracts are on this chain. @throws MissingError when they were not deployed, or the chain was restarted */
export async function deployment(chain: number): Promise<Deployment> {
  const file = deploymentFile(dataFolder, chain)
  const found = readDeployment(dataFolder, chain)
  if (found === undefined)
    throw new MissingError(`No deployment for chain ${chain} (${file}).\nRun first: node scripts/deploy.ts`)
  try {
    await openRpc({ rpcUrl, chainId: chain }).assertContract(found.registry)
  } catch (error) {
    throw new MissingError(
      `${(error as Error).message}.\nThe chain was restarted since ${file} was written. Run again: node scripts/deploy.ts, and restart the relay.`,
    )
  }
  return found
}

/**
 * Runs a script: `--help` shows how to call it, more arguments than it takes are refused, and what is missing or refused
 * ends it with one readable paragraph.
 *
 * @param usage how to call it
 * @param maxArguments how many arguments it takes
 */
export async function run(usage: string, maxArguments: number, main: (args: string[]) => Promise<void>): Promise<void> {
  const args = process.argv.slice(2)
  const wantsHelp = args.includes('--help') || args.includes('-h')
  if (wantsHelp || args.length > maxArguments) {
    console[wantsHelp ? 'log' : 'error'](`usage: ${usage}\nsettings: see scripts/support/setting.ts`)
    process.exitCode = wantsHelp ? 0 : 2
    return
  }
  await main(args).catch(report)
}

function report(error: unknown): void {
  if (!(error instanceof MissingError || error instanceof HeraldError)) throw error
  const code = error instanceof HeraldError ? ` (${error.code})` : ''
  console.error(`\n${error.message}${code}`)
  process.exitCode = 1
}
