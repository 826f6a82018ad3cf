/** Generators of whole structures, for property tests and for the corpus of the fuzzer. */
import fc from 'fast-check'
import type { KeptBatch } from '../../src/client/kept-batch.ts'
import { type Hex, toBase64, toHex } from '../../src/core/bytes.ts'
import { maxLeaseCount, maxReceiptBatch, maxRelays } from '../../src/core/limits.ts'
import { pathLength } from '../../src/core/merkle-tree.ts'
import { suiteSizes } from '../../src/core/suite.ts'
import type { ReplayRow } from '../../src/messaging/inbox/replay-row.ts'
import type { MessageRecord } from '../../src/messaging/message-record.ts'
import type { OutboxEntry } from '../../src/messaging/outbox/outbox-entry.ts'
import type { Deployment } from '../../src/registry/deployment.ts'
import type { AcceptanceReceipt, AcceptanceStatement } from '../../src/wire/acceptance.ts'
import { type Card, cardKinds } from '../../src/wire/card.ts'
import type { Challenge } from '../../src/wire/challenge.ts'
import type { EnvelopeHeader } from '../../src/wire/envelope.ts'
import { type Content, type InnerMessage, messageKinds } from '../../src/wire/inner-message.ts'
import type { Proof } from '../../src/wire/proof.ts'
import type { RelayFrame } from '../../src/wire/relay-frame.ts'
import type { Binding, Statement } from '../../src/wire/statement.ts'
import {
  address,
  agentRef,
  bytesOf,
  cardId,
  contentType,
  conversationId,
  idOf,
  mailboxId,
  messageId,
  priority,
  relayUrl,
  suite,
  uint53,
} from './arbitraries.ts'

const chainId = uint53.filter((id) => id > 0)
const parent = fc.option(messageId, { nil: undefined })

export const card: fc.Arbitrary<Card> = suite.chain((of) =>
  fc.record({
    suite: fc.constant(of),
    kind: fc.constantFrom(...cardKinds),
    signingKey: bytesOf(32),
    sealingKey: bytesOf(suiteSizes(of).publicKeyBytes),
    relays: fc.array(relayUrl, { maxLength: maxRelays }),
    possession: bytesOf(64),
  }),
)

export const header: fc.Arbitrary<EnvelopeHeader> = suite.chain((of) =>
  fc.record({
    suite: fc.constant(of),
    mailbox: mailboxId,
    recipientCard: cardId,
    messageId,
    priority,
    expires: uint53,
    enc: bytesOf(suiteSizes(of).encBytes),
  }),
)

/** An envelope's header and ciphertext. */
export const envelope = fc.record({ header, ciphertext: bytesOf(16, 200) })

export const content: fc.Arbitrary<Content> = fc.record({
  kind: fc.constantFrom(...messageKinds),
  contentType,
  body: bytesOf(0, 40),
})

export const binding: fc.Arbitrary<Binding> = fc.record({
  recipient: agentRef,
  conversation: conversationId,
  expires: uint53,
  inReplyTo: parent,
})

export const innerMessage: fc.Arbitrary<InnerMessage> = fc.record({
  sender: agentRef,
  senderCard: cardId,
  conversation: conversationId,
  seq: uint53,
  created: uint53,
  expires: uint53,
  inReplyTo: parent,
  kind: fc.constantFrom(...messageKinds),
  contentType,
  body: bytesOf(0, 300),
  opening: bytesOf(64),
  signature: bytesOf(64),
})

export const statement: fc.Arbitrary<Statement> = fc.record({
  senderCard: cardId,
  seq: uint53,
  created: uint53,
  content: bytesOf(32),
  binding: bytesOf(32),
})

export const acceptanceStatement: fc.Arbitrary<AcceptanceStatement> = fc.record({
  relayKey: bytesOf(32),
  mailbox: mailboxId,
  messageId,
  envelopeDigest: bytesOf(32),
  acceptedAt: uint53,
  keptUntil: uint53,
  seq: uint53,
})

const receiptPlace = fc.integer({ min: 1, max: maxReceiptBatch }).chain((size) =>
  fc.nat(size - 1).chain((index) => {
    const length = pathLength(index, size)
    const path = fc.array(bytesOf(32), { minLength: length, maxLength: length })
    return fc.record({ size: fc.constant(size), index: fc.constant(index), path })
  }),
)

export const acceptance: fc.Arbitrary<AcceptanceReceipt> = fc
  .tuple(acceptanceStatement, receiptPlace, bytesOf(64))
  .map(([statement, place, signature]) => ({ ...statement, ...place, signature }))

export const challenge: fc.Arbitrary<Challenge> = fc.record({
  relayOrigin: bytesOf(32),
  mailbox: mailboxId,
  cardId,
  nonce: bytesOf(32),
  expires: uint53,
})

const hex = (length: number): fc.Arbitrary<Hex> => idOf<Hex>(length)
const nullable = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { nil: null })

export const proof: fc.Arbitrary<Proof> = fc.record({
  herald: fc.constant('proof' as const),
  version: fc.constant(1 as const),
  chainId,
  registry: address,
  sender: address,
  card: bytesOf(0, 60).map(toHex),
  statement: hex(132),
  signature: hex(64),
  content: nullable(
    fc.record({
      part: hex(64),
      kind: fc.constantFrom(...messageKinds),
      contentType,
      body: bytesOf(0, 20).map(toBase64),
    }),
  ),
  binding: nullable(
    fc.record({
      part: hex(64),
      header: bytesOf(0, 40).map(toHex),
      recipient: agentRef,
      conversation: conversationId,
      expires: uint53,
      inReplyTo: nullable(messageId),
    }),
  ),
  anchor: nullable(
    fc.record({
      part: nullable(hex(64)),
      contract: address,
      anchorer: address,
      root: hex(32),
      size: fc.integer({ min: 1, max: 1_048_576 }),
      index: fc.nat(1_048_575),
      path: fc.array(hex(32), { maxLength: 3 }),
      transaction: hex(32),
    }),
  ),
})

const request = fc.integer({ min: 0, max: 0xffff_ffff })
const seqs = fc.array(uint53, { minLength: 1, maxLength: maxLeaseCount })
const sealed = bytesOf(1, 600)
const token = fc.stringMatching(/^[!-~]{1,64}$/)

/** Receipts, of which some are for what had been accepted before, and codes. */
const outcomes = fc
  .array(fc.oneof(fc.record({ outcome: bytesOf(224, 544), before: fc.boolean() }), fc.record({ outcome: token })), {
    minLength: 1,
    maxLength: 9,
  })
  .map((all) => ({
    outcomes: all.map(({ outcome }) => outcome),
    duplicates: all.flatMap((each, i) => ('before' in each && each.before ? [i] : [])),
  }))

export const relayFrame: fc.Arbitrary<RelayFrame> = fc.oneof(
  fc.record({ type: fc.constant('authenticate' as const), token }),
  fc.record({
    type: fc.constant('submit' as const),
    request,
    envelopes: fc.array(sealed, { minLength: 1, maxLength: 9 }),
  }),
  fc.record({
    type: fc.constant('stream' as const),
    window: fc.integer({ min: 1, max: 256 }),
    leaseMillis: fc.integer({ min: 1, max: 600_000 }),
  }),
  fc.record({ type: fc.constantFrom('acknowledge' as const, 'release' as const), request, seqs }),
  fc.record({ type: fc.constant('ping' as const), request }),
  fc.record({
    type: fc.constant('extend' as const),
    request,
    seqs,
    leaseMillis: fc.integer({ min: 1, max: 600_000 }),
  }),
  fc.record({ type: fc.constant('call' as const), request, operation: token, body: bytesOf(0, 600) }),
  fc.record({ type: fc.constant('follow' as const), afterSeq: uint53 }),
  fc.record({ type: fc.constant('welcome' as const), now: uint53 }),
  fc
    .record({ type: fc.constant('accepted' as const), request, answer: outcomes })
    .map(({ answer, ...rest }) => ({ ...rest, ...answer })),
  fc.record({
    type: fc.constant('delivery' as const),
    leasedUntil: uint53,
    messages: fc.array(fc.tuple(uint53, request, sealed), { minLength: 1, maxLength: 9 }),
  }),
  fc.record({ type: fc.constant('done' as const), request, count: request }),
  fc.record({ type: fc.constant('refused' as const), request, code: token }),
  fc.record({
    type: fc.constant('result' as const),
    request,
    status: fc.integer({ min: 200, max: 599 }),
    body: bytesOf(0, 600),
  }),
)

export const messageRecord: fc.Arbitrary<MessageRecord> = fc.record({
  direction: fc.constantFrom('sent' as const, 'received' as const),
  recipient: agentRef,
  headerBytes: bytesOf(0, 100),
  innerBytes: bytesOf(0, 100),
})

export const outboxEntry: fc.Arbitrary<OutboxEntry> = fc.record({
  messageId,
  priority,
  expires: uint53,
  relays: fc.array(relayUrl, { maxLength: maxRelays }),
  envelope: bytesOf(0, 100),
})

export const replayRow: fc.Arbitrary<ReplayRow> = fc.record({
  state: fc.constantFrom('pending' as const, 'done' as const),
  envelopeDigest: bytesOf(32),
})

export const keptBatch: fc.Arbitrary<KeptBatch> = fc.record({
  publication: fc.record({ contract: address, anchorer: address, transactionHash: hex(32) }),
  leaves: fc.array(bytesOf(32), { minLength: 1, maxLength: 9 }),
})

export const deployment: fc.Arbitrary<Deployment> = fc.record(
  { chainId, registry: address, anchor: address, transactions: fc.record({ registry: hex(32), anchor: hex(32) }) },
  { requiredKeys: ['chainId', 'registry', 'anchor'] },
)
