/**
 * A simulated chain on which two runs are the same: hardfork, clock, keys and payloads are fixed. Addresses and payloads
 * have no zero bytes, which would cost less as call data; signatures and numbers have those that they happen to have.
 */

import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import {
  type Address,
  createPublicClient,
  custom,
  type Hex,
  hexToBytes,
  keccak256,
  type PublicClient,
  size,
  stringToHex,
  type TransactionReceipt,
  toHex,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** Rules of the chain. */
export const hardfork = 'osaka'

/** Unix seconds of the first transaction's block; each later block is a minute younger. */
const start = 2_000_000_000
const secondsBetweenBlocks = 60
const chainId = 31_337
/** The most that a transaction may use (EIP-7825). */
const gasLimit = 16_777_216n

/** A deadline that no block reaches, in Unix seconds. */
export const farDeadline: number = start + 1_000_000_000

/** A chain that mines a block for each transaction. */
export interface Chain extends AsyncDisposable {
  readonly client: PublicClient
  /** Sends a transaction from any account, which is given ether. @throws when it reverts */
  send(from: PrivateKeyAccount, to: Address, data: Hex): Promise<TransactionReceipt>
  /** Deploys a contract. @returns its address */
  deploy(from: PrivateKeyAccount, bytecode: Hex): Promise<Address>
  /** Bytes of a contract's runtime code. */
  runtimeBytes(contract: Address): Promise<number>
  /** Time of a block, in Unix seconds. */
  timeOf(receipt: TransactionReceipt): Promise<number>
}

/** Starts the chain. */
export async function startChain(): Promise<Chain> {
  const hre = await createHardhatRuntimeEnvironment({
    networks: { gas: { type: 'edr-simulated', chainType: 'l1', chainId, hardfork } },
  })
  const connection = await hre.network.create('gas')
  const { provider } = connection
  const client = createPublicClient({ transport: custom(provider), cacheTime: 0 })
  let blocks = 0

  async function mine(from: PrivateKeyAccount, to: Address | undefined, data: Hex): Promise<TransactionReceipt> {
    await provider.request({ method: 'hardhat_setBalance', params: [from.address, toHex(10n ** 24n)] })
    const time = start + secondsBetweenBlocks * blocks++
    await provider.request({ method: 'evm_setNextBlockTimestamp', params: [toHex(time)] })
    const nonce = await client.getTransactionCount({ address: from.address })
    const fees = { gas: gasLimit, maxFeePerGas: 10n ** 11n }
    const signed = await from.signTransaction({ type: 'eip1559', chainId, nonce, ...fees, data, ...(to && { to }) })
    const hash = await client.sendRawTransaction({ serializedTransaction: signed })
    return client.getTransactionReceipt({ hash })
  }

  return {
    client,
    send: mine,
    deploy: async (from, bytecode) => {
      const { contractAddress } = await mine(from, undefined, bytecode)
      if (!contractAddress) throw new Error('nothing was deployed')
      return contractAddress
    },
    runtimeBytes: async (contract) => size((await client.getCode({ address: contract })) ?? '0x'),
    timeOf: async ({ blockNumber }) => Number((await client.getBlock({ blockNumber })).timestamp),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** The account of a name, whose address has no zero byte. */
export function accountOf(name: string): PrivateKeyAccount {
  for (let turn = 0; ; turn++) {
    const account = privateKeyToAccount(keccak256(stringToHex(`${name} ${turn}`)))
    if (!hexToBytes(account.address).includes(0)) return account
  }
}

/** `length` bytes that look random, none of them zero. */
export function payloadOf(name: string, length: number): Hex {
  const bytes: number[] = []
  for (let turn = 0; bytes.length < length; turn++)
    bytes.push(...keccak256(stringToHex(`${name} ${turn}`), 'bytes').map((byte) => byte || 1))
  return toHex(Uint8Array.from(bytes.slice(0, length)))
}

/** Each item's share, rounded up. */
export function shareOf({ gasUsed }: TransactionReceipt, items: number): number {
  return Math.ceil(Number(gasUsed) / items)
}

/** Gas of several transactions together. */
export function sumOf(...receipts: readonly TransactionReceipt[]): number {
  return receipts.reduce((sum, { gasUsed }) => sum + Number(gasUsed), 0)
}
