/**
 * Every number of the protocol, with its unit. Changing one is a change of SPEC.md.
 */

/** A card is at most this long. The registry contract refuses longer ones as well. */
export const maxCardBytes = 4096
/** A card names at most this many relays. */
export const maxRelays = 4
/** A relay URL is at most this long. */
export const maxRelayUrlBytes = 255
/** A body is at most this long: 1 MiB. */
export const maxBodyBytes = 1_048_576
/** A content type is at most this long. */
export const maxContentTypeBytes = 127
/** An envelope is at most this long: a padded body of the largest size, with its header. */
export const maxEnvelopeBytes = 1_310_720
/** A proof file is at most this long: 4 MiB. */
export const maxProofBytes = 4_194_304
/** A batch has at most this many leaves. */
export const maxBatchLeaves = 1_048_576
/** A Merkle path is at most this long: the depth of the largest batch. */
export const maxPathHashes = 20
/** A relay signs at most this many receipts together. */
export const maxReceiptBatch = 1024

/** A message lives this long when its sender does not say: 7 days. */
export const defaultLifetimeMillis = 604_800_000
/** A message lives at most this long: 30 days. Replay stores are bounded by it. */
export const maxLifetimeMillis = 2_592_000_000
/** A receiver remembers this many messages at the same time unless told otherwise; with more it takes no new ones. */
export const defaultReplayLimit = 1_048_576
/** A sender's clock may run ahead of ours by this much: 2 minutes. */
export const maxClockSkewMillis = 120_000

/** A replaced card stays valid beside the new one for this long unless its owner says otherwise: 10 minutes. */
export const defaultGraceMillis = 600_000
/** A resolver serves a cached card for this long without asking the chain: 15 seconds. */
export const cardFreshMillis = 15_000
/** A resolver serves a stale cached card for at most this long while the chain cannot be reached: 5 minutes. */
export const cardExpiredMillis = 300_000

/** A block by which a record is proven is at most this old, unless the reader says otherwise: 5 minutes. */
export const maxProvenBlockAgeMillis = 300_000

/** A lease that is not acknowledged returns after this long, unless the consumer says otherwise: 30 seconds. */
export const defaultLeaseMillis = 30_000
/** A lease is at most this long: 10 minutes. */
export const maxLeaseMillis = 600_000
/** A lease call may wait for mail for at most this long: 25 seconds. */
export const maxLeaseWaitMillis = 25_000
/** A lease call takes at most this many messages. */
export const maxLeaseCount = 256
/** A submission of many has at most this many envelopes. */
export const maxSubmitCount = 256
/** A challenge must be answered within this time: 60 seconds. */
export const challengeLifetimeMillis = 60_000
/** A session token is good for this long: 15 minutes. */
export const sessionLifetimeSeconds = 900
/** How long a signature that is handed to a relayer may be used, in seconds: 10 minutes. */
export const signatureLifetimeSeconds = 600
