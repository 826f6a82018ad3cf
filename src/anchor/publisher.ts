/** Anchors batches: sends their root and size to the MessageAnchor contract, nothing else (SPEC §6.2). */
import { encodeFunctionData } from 'viem'
import { toHex } from '../core/bytes.ts'
import { type Address, asAddress, type Seconds } from '../core/ids.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import { createRevertDecoder } from '../registry/contract-errors.ts'
import { NoAccountError } from '../registry/errors.ts'
import { openRpc, type Rpc, type RpcOptions } from '../registry/rpc.ts'
import type { Receipt } from '../registry/send-transaction.ts'
import { messageAnchorAbi } from './abi/message-anchor.ts'
import { readAnchoring, readBlockTime } from './anchoring.ts'
import type { AnchorBatch } from './batch.ts'
import { BatchSizeError, NotAnchoredError, OtherSizeError, ZeroRootError } from './errors.ts'

/** Which contract, on which chain, and who pays. */
export interface AnchorPublisherOptions extends RpcOptions {
  readonly chainId: number
  /** Address of the MessageAnchor contract, 20 bytes. */
  readonly contract: string
  /** An endpoint that is open already, in place of the options to open one. */
  readonly rpc?: Rpc
}

/** A batch on the chain. */
export interface AnchorPublication extends Receipt {
  readonly contract: Address
  readonly anchorer: Address
  /** Time of the block. */
  readonly blockTime: Seconds
  readonly logIndex: number
}

/** Anchors batches under one account. */
export interface AnchorPublisher {
  readonly contract: Address
  /** The account that pays and stands in the log. */
  readonly anchorer: Address
  /**
   * Anchors a batch and waits for its block.
   *
   * @throws `registry.*` when the chain cannot be asked or does not take it; NotAnchoredError
   */
  publish(batch: AnchorBatch): Promise<AnchorPublication>
}

const decodeAnchorRevert = createRevertDecoder(messageAnchorAbi, {
  MessageAnchorEmptyTree: () => new BatchSizeError({ size: 0, limit: maxBatchLeaves }),
  MessageAnchorZeroRoot: (size) => new ZeroRootError({ size: Number(size) }),
  MessageAnchorOtherSize: (root, size, storedSize) =>
    new OtherSizeError({ root, size: Number(size), storedSize: Number(storedSize) }),
})

async function readPublication(
  rpc: Rpc,
  contract: Address,
  sent: Receipt,
  { root, size }: AnchorBatch,
): Promise<AnchorPublication> {
  const { transactionHash } = sent
  const receipt = await readAnchoring(rpc, contract, transactionHash)
  const log = receipt?.logs.find((entry) => entry.root === toHex(root) && entry.size === size)
  if (receipt === undefined || log === undefined) throw new NotAnchoredError({ transaction: transactionHash, contract })
  const blockTime = await readBlockTime(rpc, receipt)
  // The receipt is asked for anew: the block may be another one by now.
  const { blockNumber, gasUsed } = receipt
  return { ...sent, contract, anchorer: log.anchorer, blockNumber, blockTime, logIndex: log.logIndex, gasUsed }
}

/**
 * Makes a publisher. Nothing is asked of the endpoint before the first batch.
 *
 * @throws InvalidArgumentError on an address, URL or account that is none; `registry.no_account` without an account
 */
export function createAnchorPublisher(options: AnchorPublisherOptions): AnchorPublisher {
  const contract = asAddress(options.contract)
  const rpc = options.rpc ?? openRpc(options)
  if (rpc.account === undefined) throw new NoAccountError({ method: 'anchor' })
  return {
    contract,
    anchorer: rpc.account,
    publish: async (batch) => {
      await rpc.assertContract(contract)
      const args = [toHex(batch.root), BigInt(batch.size)] as const
      const data = encodeFunctionData({ abi: messageAnchorAbi, functionName: 'anchor', args })
      const sent = await rpc.send({ method: 'anchor', to: contract, data, decodeRevert: decodeAnchorRevert })
      return readPublication(rpc, contract, sent, batch)
    },
  }
}
