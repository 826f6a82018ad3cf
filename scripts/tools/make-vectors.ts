/**
 * Writes test/vectors/herald-v1.json: every structure of docs/SPEC.md from fixed keys, time and randomness, by the noble
 * backend (whose KEM takes its randomness from outside). `--check` fails when the file is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBatch } from '../../src/anchor/batch.ts'
import { merklePath, merkleRoot } from '../../src/anchor/merkle.ts'
import { assembleProof } from '../../src/anchor/prove.ts'
import { encodeKeptBatch } from '../../src/client/kept-batch.ts'
import { encodeCount } from '../../src/client/sequences.ts'
import { formatAccountId } from '../../src/core/agent-ref.ts'
import { fromHex, toBase64, toHex, utf8 } from '../../src/core/bytes.ts'
import { asAddress, asConversationId, asMessageId } from '../../src/core/ids.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { anchorLeaf, bindingCommitment, contentCommitment, openingPart } from '../../src/crypto/commitment.ts'
import { nobleBackend as backend } from '../../src/crypto/noble-backend.ts'
import { createCard } from '../../src/identity/card.ts'
import type { PublishedCard } from '../../src/identity/card-directory.ts'
import { createKeyring, serializeKeyring } from '../../src/identity/keyring.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { encodeReplayRow } from '../../src/messaging/inbox/replay-row.ts'
import { encodeMessageRecord } from '../../src/messaging/message-record.ts'
import { encodeOutboxEntry } from '../../src/messaging/outbox/outbox-entry.ts'
import { hpkeInfo } from '../../src/messaging/sealed/hpke-info.ts'
import { type Draft, type SealedMessage, sealMessage } from '../../src/messaging/sealed/seal-message.ts'
import { statementOf } from '../../src/messaging/sealed/statement-of.ts'
import { formatDeployment } from '../../src/registry/deployment.ts'
import { makeReceipts } from '../../src/wire/acceptance.ts'
import { encodeAgentRef } from '../../src/wire/agent-ref.ts'
import { encodeChallenge, relayOriginOf } from '../../src/wire/challenge.ts'
import { decodeInnerMessage } from '../../src/wire/inner-message.ts'
import { encodeRelayFrame, type RelayFrame } from '../../src/wire/relay-frame.ts'
import { encodeBinding, encodeContent } from '../../src/wire/statement.ts'

const file = join(import.meta.dirname, '../../test/vectors/herald-v1.json')

/** SHAKE256 of a name as an endless stream: each draw continues where the last one stopped. */
function randomFrom(name: string) {
  const stream = backend.shake256(utf8(name), 65_536)
  let offset = 0
  return (length: number) => {
    offset += length
    return stream.slice(offset - length, offset)
  }
}

function agentOf(name: string, byte: string, suite: Suite) {
  const agent = {
    chainId: 31337,
    registry: asAddress(`0x${'5e'.repeat(20)}`),
    address: asAddress(`0x${byte.repeat(20)}`),
  }
  const keyring = createKeyring(backend, randomFrom(`${name} keys`), suite)
  const made = createCard(backend, { agent, keyring, kind: 'agent', relays: ['https://relay.example'] })
  const record = { validFrom: 1, validUntil: 0, revokedAt: 0, compromisedSince: 0, epoch: 0, suite, hint: 0 } as const
  const published: PublishedCard = { agent, ...made, record: { ...record, reason: 'unspecified' } }
  return { published, keyring }
}

function cardVector({ published, keyring }: ReturnType<typeof agentOf>) {
  return {
    agentRef: toHex(encodeAgentRef(published.agent)),
    signingSeed: toHex(keyring.signing.reveal()),
    sealingSecret: toHex(keyring.sealing.reveal()),
    card: toHex(published.cardBytes),
    cardId: published.cardId,
    mailbox: mailboxOf(backend, published.agent),
  }
}

/** A proof that reveals everything, anchored as the second of three leaves. */
function proofVector(
  sender: ReturnType<typeof agentOf>,
  recipient: ReturnType<typeof agentOf>,
  sealed: SealedMessage,
  leaf: Uint8Array,
) {
  const inner = decodeInnerMessage(sealed.innerBytes)
  const batch = createBatch([backend.keccak256(Uint8Array.of(0)), leaf, backend.keccak256(Uint8Array.of(2))])
  const contract = asAddress(`0x${'ac'.repeat(20)}`)
  const anchorer = sender.published.agent.address
  return assembleProof(backend, {
    sender: sender.published.agent,
    card: sender.published.cardBytes,
    statement: statementOf(backend, inner, sealed.headerBytes, recipient.published.agent),
    signature: inner.signature,
    opening: inner.opening,
    content: inner,
    binding: { ...inner, recipient: recipient.published.agent, headerBytes: sealed.headerBytes },
    anchor: { batch, publication: { contract, anchorer, transactionHash: `0x${'77'.repeat(32)}` } },
  })
}

function messageVector(sender: ReturnType<typeof agentOf>, recipient: ReturnType<typeof agentOf>) {
  const draft: Draft = {
    messageId: asMessageId(`0x${'a1'.repeat(16)}`),
    conversation: asConversationId(`0x${'c0'.repeat(16)}`),
    seq: 7,
    created: 1_795_392_000_000,
    expires: 1_795_392_060_000,
    inReplyTo: undefined,
    priority: 'high',
    kind: 'request',
    contentType: 'text/plain;charset=utf-8',
    body: utf8('quote?'),
  }
  const from = { agent: sender.published.agent, cardId: sender.published.cardId, keyring: sender.keyring }
  const { card, agent, cardId } = recipient.published
  const sealed = sealMessage(backend, randomFrom(`message ${card.suite}`), from, recipient.published, draft)
  const inner = decodeInnerMessage(sealed.innerBytes)
  const statement = statementOf(backend, inner, sealed.headerBytes, agent)
  const part = (purpose: 'content' | 'binding' | 'anchor') => openingPart(backend, purpose, inner.opening)
  const bound = encodeBinding(backend.sha256(sealed.headerBytes), { recipient: agent, ...inner })
  const { body, inReplyTo: _, ...said } = draft
  const leaf = anchorLeaf(backend, part('anchor'), statement, inner.signature)
  return {
    draft: { ...said, body: toHex(body) },
    hpkeInfo: toHex(hpkeInfo(card.suite, agent, cardId)),
    header: toHex(sealed.headerBytes),
    opening: toHex(inner.opening),
    contentPart: toHex(part('content')),
    contentPreimage: toHex(encodeContent(inner)),
    contentCommitment: toHex(contentCommitment(backend, part('content'), encodeContent(inner))),
    bindingPart: toHex(part('binding')),
    bindingPreimage: toHex(bound),
    bindingCommitment: toHex(bindingCommitment(backend, part('binding'), bound)),
    statement: toHex(statement),
    signature: toHex(inner.signature),
    innerMessage: toHex(sealed.innerBytes),
    envelope: toHex(sealed.envelope),
    anchorPart: toHex(part('anchor')),
    leaf: toHex(leaf),
    proof: proofVector(sender, recipient, sealed, leaf),
  }
}

function treeVector() {
  const leaves = Array.from({ length: 7 }, (_, i) => backend.keccak256(Uint8Array.of(i)))
  const paths = leaves.map((_, index) => merklePath(leaves, index).map(toHex))
  return { leaves: leaves.map(toHex), root: toHex(merkleRoot(leaves)), paths }
}

function acceptanceVector() {
  const relaySeed = new Secret(new Uint8Array(32).fill(9))
  const statements = [1, 2, 3].map((seq) => ({
    relayKey: backend.ed25519PublicKey(relaySeed),
    mailbox: mailboxOf(backend, agentOf('bob', 'b0', suiteXWing).published.agent),
    messageId: asMessageId(`0x${`a${seq}`.repeat(16)}`),
    envelopeDigest: backend.sha256(utf8(`envelope ${seq}`)),
    acceptedAt: 1_795_392_000_500,
    keptUntil: 1_795_996_800_000,
    seq,
  }))
  const sign = (bytes: Uint8Array) => backend.ed25519Sign(relaySeed, bytes)
  const receipts = makeReceipts(statements, { sha256: backend.sha256, sign })
  return { relaySeed: toHex(relaySeed.reveal()), receipts: receipts.map(toHex) }
}

function vectors() {
  const alice = agentOf('alice', 'a1', suiteXWing)
  const bob = agentOf('bob', 'b0', suiteXWing)
  const carol = agentOf('carol', 'ca', suiteX25519)
  return {
    note: 'Herald protocol version 1; docs/SPEC.md says what each value is. Written by scripts/tools/make-vectors.ts.',
    cards: { alice: cardVector(alice), bob: cardVector(bob), carol: cardVector(carol) },
    messages: { xWing: messageVector(alice, bob), x25519: messageVector(alice, carol) },
    tree: treeVector(),
    acceptance: acceptanceVector(),
    session: sessionVector(),
    frames: frameVectors(),
    requests: requestVectors(bob),
    answers: answerVectors(),
    stored: storedVectors(alice, bob),
    deployment: deploymentVector(),
  }
}

/** Bodies of requests to a relay (SPEC §8.5), as a client writes them. */
function requestVectors({ published }: ReturnType<typeof agentOf>) {
  const { agent, cardId } = published
  const { challenge, signature } = sessionVector()
  const who = { agent: formatAccountId(agent), registry: agent.registry, cardId }
  const answer = { challenge: toBase64(fromHex(challenge)), signature: toBase64(fromHex(signature)) }
  return {
    challenge: JSON.stringify(who),
    session: JSON.stringify({ ...who, ...answer }),
    lease: JSON.stringify({ consumer: 'replica-1', count: 32, leaseMillis: 30_000, waitMillis: 25_000 }),
    acknowledge: JSON.stringify({ consumer: 'replica-1', seqs: [1, 500] }),
  }
}

/** Bodies of its answers. */
function answerVectors() {
  const problem = {
    type: 'urn:herald:error:relay.expired',
    title: 'the message expired at 1 and it is 2',
    status: 410,
    code: 'relay.expired',
    retry: 'never',
    facts: { expires: 1, now: 2 },
  }
  return {
    accepted: JSON.stringify({ receipt: toBase64(fromHex(acceptanceVector().receipts[0] ?? '')), duplicate: false }),
    challenge: JSON.stringify({ challenge: toBase64(fromHex(sessionVector().challenge)) }),
    problem: JSON.stringify(problem),
  }
}

/** What a client keeps (SPEC §9): of alice's message to bob, as alice has it, and as bob does. */
function storedVectors(alice: ReturnType<typeof agentOf>, bob: ReturnType<typeof agentOf>) {
  const { draft, envelope, header, innerMessage, leaf } = messageVector(alice, bob)
  const { agent: recipient, card } = bob.published
  const parts = { recipient, headerBytes: fromHex(header), innerBytes: fromHex(innerMessage) }
  const { messageId, priority, expires } = draft
  const entry = { messageId, priority, expires, relays: card.relays, envelope: fromHex(envelope) }
  const envelopeDigest = backend.sha256(fromHex(envelope))
  const contract = asAddress(`0x${'ac'.repeat(20)}`)
  const anchorer = alice.published.agent.address
  const publication = { contract, anchorer, transactionHash: `0x${'77'.repeat(32)}` } as const
  const leaves = [backend.keccak256(Uint8Array.of(0)), fromHex(leaf), backend.keccak256(Uint8Array.of(2))]
  return {
    sent: toHex(encodeMessageRecord({ direction: 'sent', ...parts })),
    received: toHex(encodeMessageRecord({ direction: 'received', ...parts })),
    outboxEntry: toHex(encodeOutboxEntry(entry)),
    pending: toHex(encodeReplayRow({ state: 'pending', envelopeDigest })),
    done: toHex(encodeReplayRow({ state: 'done', envelopeDigest })),
    keys: toHex(serializeKeyring(bob.keyring)),
    batch: toHex(encodeKeptBatch({ publication, leaves })),
    counter: toHex(encodeCount(8)),
  }
}

function deploymentVector() {
  const [registry, anchor] = [asAddress(`0x${'5e'.repeat(20)}`), asAddress(`0x${'ac'.repeat(20)}`)]
  const transactions = { registry: `0x${'11'.repeat(32)}`, anchor: `0x${'22'.repeat(32)}` } as const
  return formatDeployment({ chainId: 31337, registry, anchor, transactions })
}

function sessionVector() {
  const bob = agentOf('bob', 'b0', suiteXWing)
  const origin = relayOriginOf('https://relay.example/')
  const challenge = encodeChallenge({
    relayOrigin: backend.sha256(utf8(origin)),
    mailbox: mailboxOf(backend, bob.published.agent),
    cardId: bob.published.cardId,
    nonce: randomFrom('nonce')(32),
    expires: 1_795_392_060_000,
  })
  const signature = backend.ed25519Sign(bob.keyring.signing, challenge)
  return { origin, challenge: toHex(challenge), signature: toHex(signature) }
}

function frameVectors() {
  const envelope = Uint8Array.of(1, 2, 3)
  const receipt = new Uint8Array(224).fill(7)
  const frames: RelayFrame[] = [
    { type: 'authenticate', token: 'a.b.c' },
    { type: 'submit', request: 1, envelopes: [envelope, Uint8Array.of(4)] },
    { type: 'stream', window: 32, leaseMillis: 30_000 },
    { type: 'acknowledge', request: 7, seqs: [1, 500] },
    { type: 'release', request: 8, seqs: [2] },
    { type: 'ping', request: 9 },
    { type: 'welcome', now: 1_795_392_000_000 },
    { type: 'accepted', request: 1, outcomes: ['relay.expired', receipt], duplicates: [1] },
    { type: 'delivery', leasedUntil: 1_795_392_030_000, messages: [[500, 1, envelope]] },
    { type: 'done', request: 7, count: 2 },
    { type: 'refused', request: 0, code: 'relay.shutting_down' },
  ]
  return Object.fromEntries(frames.map((frame) => [frame.type, toHex(encodeRelayFrame(frame))]))
}

const text = `${JSON.stringify(vectors(), undefined, 1)}\n`
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.error('test/vectors/herald-v1.json is stale: run node scripts/tools/make-vectors.ts')
  process.exitCode = 1
}
