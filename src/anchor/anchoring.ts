/** What the chain says of an anchoring transaction: its `Anchored` logs and the time of its block (SPEC §6.2). */
import { parseEventLogs } from 'viem'
import { getBlock, getTransactionReceipt } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import { type Address, asAddress, type Seconds } from '../core/ids.ts'
import { MalformedAnswerError } from '../registry/errors.ts'
import type { Rpc } from '../registry/rpc.ts'
import type { RpcClient } from '../registry/rpc-client.ts'
import { messageAnchorAbi } from './abi/message-anchor.ts'

/** One `Anchored` log of the contract asked about. */
export interface AnchoredLog {
  readonly anchorer: Address
  /** 32 bytes. */
  readonly root: Hex
  readonly size: number
  readonly logIndex: number
}

/** An anchoring transaction in its block. */
export interface AnchoringReceipt {
  readonly succeeded: boolean
  readonly blockHash: Hex
  readonly blockNumber: bigint
  readonly gasUsed: bigint
  readonly logs: readonly AnchoredLog[]
}

async function receiptOf(client: RpcClient, hash: Hex) {
  try {
    return await getTransactionReceipt(client, { hash })
  } catch (error) {
    if ((error as Error).name === 'TransactionReceiptNotFoundError') return undefined
    throw error
  }
}

/**
 * Reads a transaction's receipt; nothing when it is in no block.
 *
 * @param contract whose logs count
 * @param transaction its hash, 32 bytes
 * @throws why the endpoint cannot be asked (`registry.*`)
 */
export function readAnchoring(rpc: Rpc, contract: Address, transaction: Hex): Promise<AnchoringReceipt | undefined> {
  return rpc.run('eth_getTransactionReceipt', async (client) => {
    const receipt = await receiptOf(client, transaction)
    if (receipt === undefined) return undefined
    const { status, blockHash, blockNumber, gasUsed } = receipt
    const parsed = parseEventLogs({ abi: messageAnchorAbi, eventName: 'Anchored', logs: receipt.logs, strict: true })
    const logs = parsed
      .filter(({ address, removed }) => asAddress(address) === contract && !removed)
      .map(({ args, logIndex }) => ({
        anchorer: asAddress(args.anchorer),
        root: args.root.toLowerCase() as Hex,
        size: Number(args.size),
        logIndex,
      }))
    return { succeeded: status === 'success', blockHash, blockNumber, gasUsed, logs }
  })
}

/** The time of a block. @throws why the endpoint cannot be asked (`registry.*`) */
export async function readBlockTime(rpc: Rpc, { blockHash, blockNumber }: AnchoringReceipt): Promise<Seconds> {
  const method = 'eth_getBlockByHash'
  const block = await rpc.run(method, (client) => getBlock(client, { blockHash }))
  // An endpoint that contradicts itself lags behind, or the chain is being reorganised.
  const isSame = block.hash === blockHash && block.number === blockNumber
  const blockTime = Number(block.timestamp)
  if (!isSame || !Number.isSafeInteger(blockTime)) throw new MalformedAnswerError({ endpoint: rpc.endpoint, method })
  return blockTime
}
