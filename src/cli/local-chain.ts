/**
 * A simulated Ethereum chain in this process, reachable over HTTP: for `herald dev`, the demo and tests. Hardhat makes
 * it; Hardhat is an optional peer of the package, so it is loaded when it is used. No Hardhat project is read.
 */
import { pbkdf2Sync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { bytesToHex, type Hex } from 'viem'
import { HDKey, privateKeyToAddress } from 'viem/accounts'
import { HardhatMissingError, PortTakenError } from './errors.ts'

/** A funded account of the chain. */
export interface LocalAccount {
  readonly address: Hex
  readonly privateKey: Hex
}

/** A running chain; dispose of it to close its server and free the process. */
export interface LocalChain extends AsyncDisposable {
  readonly rpcUrl: string
  readonly chainId: number
  /** The twenty well-known Hardhat test accounts, each with 10,000 ether. */
  readonly accounts: readonly LocalAccount[]
  /** Mines one block `seconds` later than it would be: the chain's clock stays ahead of the wall clock by that much. */
  mine(seconds: number): Promise<void>
}

/** What kind of chain it is. */
export interface LocalChainOptions {
  /** 0, the default, for a free one. */
  readonly port?: number
  /** Default 31337. */
  readonly chainId?: number
  /** `op`: an OP-stack rollup, whose receipts carry what its base chain charges. Default `l1`. */
  readonly chainType?: 'l1' | 'op'
}

/** The mnemonic of Hardhat's and Anvil's well-known test accounts. Never fund them on a public chain. */
const mnemonic = 'test test test test test test test test test test test junk'
const accountCount = 20
const defaultChainId = 31_337

async function loadHardhat() {
  try {
    return await import('hardhat/hre')
  } catch (error) {
    throw new HardhatMissingError(error)
  }
}

/** Hardhat's server reports a port that is taken where nobody can catch it, so it is tried first. @throws PortTakenError */
async function assertPortFree(port: number): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  probe.listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    throw new PortTakenError({ port })
  }
  probe.close()
  await once(probe, 'close')
}

/**
 * Starts a chain on 127.0.0.1. Blocks are mined as transactions arrive.
 *
 * @throws HardhatMissingError when Hardhat is not installed, PortTakenError
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const { port = 0, chainId = defaultChainId, chainType = 'l1' } = options
  await assertPortFree(port)
  const { createHardhatRuntimeEnvironment } = await loadHardhat()
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      local: {
        type: 'edr-simulated',
        chainId,
        chainType,
        accounts: { mnemonic, count: accountCount },
        // Without this, every block is at least a second later than the one before, so that a busy chain's clock runs
        // ahead of the wall clock that messages are stamped with.
        allowBlocksWithSameTimestamp: true,
      },
    },
  })
  const server = await hre.network.createServer('local', '127.0.0.1', port)
  const bound = await server.listen()
  const rpcUrl = `http://127.0.0.1:${bound.port}`
  return {
    rpcUrl,
    chainId,
    accounts: deriveAccounts(),
    mine: async (seconds) => {
      await callRpc(rpcUrl, 'evm_increaseTime', [seconds])
      await callRpc(rpcUrl, 'evm_mine', [])
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

function deriveAccounts(): LocalAccount[] {
  const seed = pbkdf2Sync(mnemonic, 'mnemonic', 2048, 64, 'sha512')
  const parent = HDKey.fromMasterSeed(seed).derive("m/44'/60'/0'/0")
  return Array.from({ length: accountCount }, (_, index) => {
    const key = parent.deriveChild(index).privateKey
    if (key === null) throw new Error(`account ${index} has no private key`)
    const privateKey = bytesToHex(key)
    return { address: privateKeyToAddress(privateKey), privateKey }
  })
}

async function callRpc(rpcUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result
}
