/** Anchors batches: sends their root and size to the MessageAnchor contract, nothing else (SPEC §6.2). */
import { toHex } from '../core/bytes.ts'
import type { Address, Seconds } from '../core/ids.ts'
import { transact } from '../registry/contract-access.ts'
import { NoAccountError } from '../registry/errors.ts'
import type { Rpc } from '../registry/rpc.ts'
import type { Receipt } from '../registry/send-transaction.ts'
import { type AnchorClientOptions, openAnchor } from './anchor-client.ts'
import { readAnchoring, readBlockTime } from './anchoring.ts'
import type { AnchorBatch } from './batch.ts'
import { NotAnchoredError } from './errors.ts'

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
export function createAnchorPublisher(options: AnchorClientOptions): AnchorPublisher {
  const access = openAnchor(options)
  const { address: contract, rpc } = access
  if (rpc.account === undefined) throw new NoAccountError({ method: 'anchor' })
  return {
    contract,
    anchorer: rpc.account,
    publish: async (batch) => {
      const sent = await transact(access, 'anchor', [toHex(batch.root), BigInt(batch.size)])
      return readPublication(rpc, contract, sent, batch)
    },
  }
}
