/**
 * The MessageAnchor contract, typed: all that it can do (docs/contracts.md). Agents need only its event anchors, which
 * `publisher.ts` makes and reads back; stored anchors are for contracts that check on the chain.
 */
import { type Hex, toHex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, type Seconds } from '../core/ids.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import type { InclusionPath } from '../core/merkle-tree.ts'
import { ask, type ContractAccess, transact } from '../registry/contract-access.ts'
import { createRevertDecoder } from '../registry/contract-errors.ts'
import { openRpc, type Rpc, type RpcOptions } from '../registry/rpc.ts'
import type { Receipt } from '../registry/send-transaction.ts'
import { messageAnchorAbi } from './abi/message-anchor.ts'
import { BatchSizeError, OtherSizeError, ZeroRootError } from './errors.ts'

/** Which contract, on which chain. */
export interface AnchorClientOptions extends RpcOptions {
  readonly chainId: number
  /** Address of the MessageAnchor contract, 20 bytes. */
  readonly contract: string
  /** An endpoint that is open already, in place of the options to open one. */
  readonly rpc?: Rpc
}

/** A tree of messages, as it is anchored. */
export interface AnchoredTree {
  /** 32 bytes. */
  readonly root: Uint8Array
  /** Number of leaves, 1 to 2^53 - 1. */
  readonly size: number
}

/** What the contract has stored of a tree. */
export interface StoredAnchor {
  readonly anchoredAt: Seconds
  readonly size: number
}

/** The calls; each transaction waits for its block, and every call may throw why the endpoint cannot be asked. */
export interface AnchorClient {
  /** Logs a tree. @throws `anchor.batch_size`, `anchor.zero_root` */
  anchor(tree: AnchoredTree): Promise<Receipt>
  /** Logs several trees in one transaction: all of them, or none. @throws as `anchor` */
  anchorMany(trees: readonly AnchoredTree[]): Promise<Receipt>
  /** Logs and stores a tree; what is stored already is left as it is. @throws as `anchor`; `anchor.other_size` */
  anchorStored(tree: AnchoredTree): Promise<Receipt>
  /** Declares that a message of a tree is erased. It undoes nothing. @param index of the message @throws `anchor.zero_root` */
  tombstone(root: Uint8Array, index: number): Promise<Receipt>
  /** What is stored of a tree under an account; nothing when it was only logged. */
  storedAnchor(anchorer: Address, root: Uint8Array): Promise<StoredAnchor | undefined>
  /** Whether the contract finds a leaf at its place in a tree that is stored under an account. */
  verify(anchorer: Address, tree: AnchoredTree, proof: InclusionPath): Promise<boolean>
}

/** Reads the contract's reverts. */
const decodeAnchorRevert = createRevertDecoder(messageAnchorAbi, {
  MessageAnchorEmptyTree: () => new BatchSizeError({ size: 0, limit: maxBatchLeaves }),
  MessageAnchorZeroRoot: (size) => new ZeroRootError({ size: Number(size) }),
  MessageAnchorOtherSize: (root, size, storedSize) =>
    new OtherSizeError({ root, size: Number(size), storedSize: Number(storedSize) }),
})

/** A hash of 32 bytes. @throws InvalidArgumentError */
function hashOf(argument: string, bytes: Uint8Array): Hex {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32)
    throw new InvalidArgumentError({ argument, expected: '32 bytes' })
  return toHex(bytes)
}

/** A count or place as the contract holds one, uint64. @throws InvalidArgumentError */
function countOf(argument: string, count: number): bigint {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError({ argument, expected: 'a whole number from 0 to 2^53 - 1' })
  return BigInt(count)
}

function treeOf({ root, size }: AnchoredTree): { readonly root: Hex; readonly size: bigint } {
  return { root: hashOf('root', root), size: countOf('size', size) }
}

/** The contract, ready to be called. @throws InvalidArgumentError */
export function openAnchor(options: AnchorClientOptions): ContractAccess<typeof messageAnchorAbi> {
  const { rpc = openRpc(options), chainId } = options
  return { abi: messageAnchorAbi, address: asAddress(options.contract), rpc, chainId, decodeRevert: decodeAnchorRevert }
}

/**
 * Opens a MessageAnchor contract. Nothing is asked of the endpoint before the first call.
 *
 * @throws InvalidArgumentError on an address, URL or account that is none
 */
export function createAnchorClient(options: AnchorClientOptions): AnchorClient {
  const access = openAnchor(options)
  const inTree = (name: 'anchor' | 'anchorStored') => async (tree: AnchoredTree) => {
    const { root, size } = treeOf(tree)
    return transact(access, name, [root, size])
  }
  return {
    anchor: inTree('anchor'),
    anchorStored: inTree('anchorStored'),
    anchorMany: async (trees) => transact(access, 'anchorMany', [trees.map(treeOf)]),
    tombstone: async (root, index) => transact(access, 'tombstone', [hashOf('root', root), countOf('index', index)]),
    storedAnchor: async (anchorer, root) => {
      const found = await ask(access, 'storedAnchor', [asAddress(anchorer), hashOf('root', root)])
      return found.anchoredAt === 0 ? undefined : { anchoredAt: found.anchoredAt, size: Number(found.size) }
    },
    verify: async (anchorer, tree, { leaf, index, path }) => {
      const { root, size } = treeOf(tree)
      const hashes = path.map((hash) => hashOf('path', hash))
      const place = countOf('index', index)
      return ask(access, 'verify', [asAddress(anchorer), root, size, place, hashOf('leaf', leaf), hashes])
    },
  }
}
