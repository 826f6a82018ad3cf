/** Why a batch is not made, not published, or a proof not assembled. Facts name sizes and transactions, never messages. */
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'

/** A batch has no leaf, or more than a tree may have. */
export class BatchSizeError extends HeraldError<{ size: number; limit: number }> {
  constructor(facts: { size: number; limit: number }) {
    super({
      name: 'Anchor.BatchSizeError',
      code: 'anchor.batch_size',
      retry: 'never',
      message: `a batch has 1 to ${facts.limit} leaves, not ${facts.size}`,
      facts,
    })
  }
}

/** Zero is no tree's root. */
export class ZeroRootError extends HeraldError<{ size: number }> {
  constructor(facts: { size: number }) {
    super({
      name: 'Anchor.ZeroRootError',
      code: 'anchor.zero_root',
      retry: 'never',
      message: `a batch of ${facts.size} leaves has a root of zeros, which no tree has`,
      facts,
    })
  }
}

/** The account stored the root with another size before, and a root belongs to one tree. */
export class OtherSizeError extends HeraldError<{ root: Hex; size: number; storedSize: number }> {
  constructor(facts: { root: Hex; size: number; storedSize: number }) {
    super({
      name: 'Anchor.OtherSizeError',
      code: 'anchor.other_size',
      retry: 'never',
      message: `root ${facts.root} is stored for ${facts.storedSize} leaves, not ${facts.size}`,
      facts,
    })
  }
}

/** Two leaves of a batch are the same: the same message was handed in twice. */
export class DuplicateLeafError extends HeraldError<{ first: number; second: number }> {
  constructor(facts: { first: number; second: number }) {
    super({
      name: 'Anchor.DuplicateLeafError',
      code: 'anchor.duplicate_leaf',
      retry: 'never',
      message: `leaves ${facts.first} and ${facts.second} of the batch are the same`,
      facts,
    })
  }
}

/** A place outside the tree. */
export class LeafIndexError extends HeraldError<{ index: number; size: number }> {
  constructor(facts: { index: number; size: number }) {
    super({
      name: 'Anchor.LeafIndexError',
      code: 'anchor.leaf_index',
      retry: 'never',
      message: `there is no leaf ${facts.index} in a batch of ${facts.size}`,
      facts,
    })
  }
}

/** The message of a proof is not in the batch it was to be proven by. */
export class LeafNotInBatchError extends HeraldError<{ size: number }> {
  constructor(facts: { size: number }) {
    super({
      name: 'Anchor.LeafNotInBatchError',
      code: 'anchor.leaf_not_in_batch',
      retry: 'never',
      message: `the message is not among the ${facts.size} leaves of the batch`,
      facts,
    })
  }
}

/** The transaction is in a block, but the contract did not anchor this root in it. */
export class NotAnchoredError extends HeraldError<{ transaction: Hex; contract: Hex }> {
  constructor(facts: { transaction: Hex; contract: Hex }) {
    super({
      name: 'Anchor.NotAnchoredError',
      code: 'anchor.not_anchored',
      retry: 'never',
      message: `transaction ${facts.transaction} anchored nothing: is ${facts.contract} a MessageAnchor?`,
      facts,
    })
  }
}
