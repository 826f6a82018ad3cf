/** One transaction from signing to its block: sent in turn with the others of its account, then followed. */
import type { Chain, LocalAccount, TransactionReceipt } from 'viem'
import {
  call as callAction,
  getTransactionReceipt,
  sendTransaction as sendAction,
  sendRawTransaction,
} from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'
import type { RevertDecoder } from './contract-errors.ts'
import { RevertedError, TransactionPendingError } from './errors.ts'
import type { RunAction } from './rpc-client.ts'

/** What a transaction does. */
export interface TransactionRequest {
  /** What it does, for messages. */
  readonly method: string
  /** The contract called, or the account paid. */
  readonly to: Address
  readonly data: Hex
  /** Wei that go with it; none when left out. */
  readonly value?: bigint
  /** Reads the contract's reverts. */
  readonly decodeRevert?: RevertDecoder
}

/** What became of a transaction. */
export interface Receipt {
  readonly transactionHash: Hex
  readonly blockNumber: bigint
  readonly gasUsed: bigint
  /** What an OP-stack chain charges beside the gas for bringing the transaction to its base chain, in wei; nothing elsewhere. */
  readonly l1Fee: bigint | undefined
}

/** By what a transaction is followed into its block. */
export interface Follower {
  readonly run: RunAction
  readonly receiptTimeoutMillis: number
}

/** Who sends, and by what. */
export interface Sender extends Follower {
  readonly chainId: number
  readonly signer: LocalAccount
}

const firstPollMillis = 50
const slowestPollMillis = 2000

/** The last transaction under way of each account in this process: two at once would take the same nonce. */
const turns = new Map<string, Promise<unknown>>()

async function inTurn<T>(key: string, step: () => Promise<T>): Promise<T> {
  const turn = (turns.get(key) ?? Promise.resolve()).then(step, step)
  turns.set(key, turn)
  try {
    return await turn
  } finally {
    if (turns.get(key) === turn) turns.delete(key)
  }
}

/** viem signs for the chain named here, and refuses when the endpoint serves another. */
function chainOf(id: number): Chain {
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  return { id, name: `eip155:${id}`, nativeCurrency, rpcUrls: { default: { http: [] } } }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis))
}

/** The receipt, or nothing while there is none. The endpoint may be away for a while: the transaction is sent. */
async function lookUp({ run }: Follower, hash: Hex) {
  try {
    return await run('eth_getTransactionReceipt', async (client) => {
      try {
        return await getTransactionReceipt(client, { hash })
      } catch (error) {
        if ((error as Error).name === 'TransactionReceiptNotFoundError') return undefined
        throw error
      }
    })
  } catch (error) {
    if (isHeraldError(error) && error.retry === 'later') return undefined
    throw error
  }
}

async function awaitReceipt(follower: Follower, hash: Hex, method: string) {
  let waitedMillis = 0
  for (let next = firstPollMillis; ; next = Math.min(next * 2, slowestPollMillis)) {
    const receipt = await lookUp(follower, hash)
    if (receipt !== undefined) return receipt
    if (waitedMillis >= follower.receiptTimeoutMillis)
      throw new TransactionPendingError({ transactionHash: hash, method, waitedMillis })
    await pause(next)
    waitedMillis += next
  }
}

function receiptOf(receipt: TransactionReceipt): Receipt {
  const { transactionHash, blockNumber, gasUsed } = receipt
  return { transactionHash, blockNumber, gasUsed, l1Fee: l1FeeOf(receipt) }
}

/** viem hands on a field that only OP-stack chains have as it came: a hexadecimal quantity. */
function l1FeeOf(receipt: object): bigint | undefined {
  const fee = 'l1Fee' in receipt ? receipt.l1Fee : undefined
  return typeof fee === 'string' && /^0x[0-9a-f]{1,64}$/i.test(fee) ? BigInt(fee) : undefined
}

/** Asks why a transaction in a block reverted, by calling the same at that block. */
async function explainRevert(sender: Sender, request: TransactionRequest, hash: Hex, blockNumber: bigint) {
  const { method, to, data, value = 0n, decodeRevert } = request
  await sender.run(
    method,
    (client) => callAction(client, { account: sender.signer.address, to, data, value, blockNumber }),
    decodeRevert,
  )
  throw new RevertedError({ method, selector: undefined, transactionHash: hash })
}

/**
 * Signs a transaction, sends it and waits for its block.
 *
 * @throws `registry.transaction_pending` when it is in no block in time; the contract's own error when it reverts;
 * else why the endpoint did not take it
 */
export async function sendTransaction(sender: Sender, request: TransactionRequest): Promise<Receipt> {
  const { run, chainId, signer } = sender
  const { method, to, data, value = 0n, decodeRevert } = request
  const transaction = { account: signer, chain: chainOf(chainId), to, data, value }
  const hash = await inTurn(`${chainId}:${signer.address}`, () =>
    run(method, (client) => sendAction(client, transaction), decodeRevert),
  )
  const receipt = await awaitReceipt(sender, hash, method)
  if (receipt.status !== 'success') await explainRevert(sender, request, hash, receipt.blockNumber)
  return receiptOf(receipt)
}

/**
 * Sends a transaction that was signed elsewhere, and waits for its block.
 *
 * @throws `registry.transaction_pending`, `registry.reverted`, or why the endpoint did not take it
 */
export async function broadcastTransaction(follower: Follower, method: string, signed: Hex): Promise<Receipt> {
  const hash = await follower.run(method, (client) => sendRawTransaction(client, { serializedTransaction: signed }))
  const receipt = await awaitReceipt(follower, hash, method)
  if (receipt.status !== 'success') throw new RevertedError({ method, selector: undefined, transactionHash: hash })
  return receiptOf(receipt)
}
