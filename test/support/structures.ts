/**
 * Every structure that travels or is stored, with its decoder, its golden vectors and a generator of its values: one list
 * for the property tests, the fuzzer and the check that nothing is missing from it.
 */
import fc from 'fast-check'
import { decodeKeptBatch, encodeKeptBatch } from '../../src/client/kept-batch.ts'
import { decodeCount, encodeCount } from '../../src/client/sequences.ts'
import { fromHex, fromUtf8, type Hex, utf8 } from '../../src/core/bytes.ts'
import { maxCardBytes, maxEnvelopeBytes, maxProofBytes } from '../../src/core/limits.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { deserializeKeyring, serializeKeyring } from '../../src/identity/keyring.ts'
import { decodeReplayRow, encodeReplayRow } from '../../src/messaging/inbox/replay-row.ts'
import { decodeMessageRecord, encodeMessageRecord } from '../../src/messaging/message-record.ts'
import { decodeOutboxEntry, encodeOutboxEntry } from '../../src/messaging/outbox/outbox-entry.ts'
import { formatDeployment, parseDeployment } from '../../src/registry/deployment.ts'
import { operations } from '../../src/relay/api/operations.ts'
import { parseJsonBody } from '../../src/relay/http-io.ts'
import { parseAnswer } from '../../src/transport/relay-http.ts'
import {
  decodeAcceptanceReceipt,
  encodeAcceptanceReceipt,
  maxAcceptanceReceiptBytes,
} from '../../src/wire/acceptance.ts'
import { agentRefBytes, decodeAgentRef, encodeAgentRef } from '../../src/wire/agent-ref.ts'
import { decodeCard, encodeCard } from '../../src/wire/card.ts'
import { challengeBytes, decodeChallenge, encodeChallenge } from '../../src/wire/challenge.ts'
import { decodeEnvelope, decodeHeader, encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'
import { decodeInnerMessage, encodeInnerMessage } from '../../src/wire/inner-message.ts'
import { decodeProof, encodeProof } from '../../src/wire/proof.ts'
import { decodeRelayFrame, encodeRelayFrame, maxFrameBytes } from '../../src/wire/relay-frame.ts'
import { decodeStatement, encodeStatement, statementBytes } from '../../src/wire/statement.ts'
import { agentRef, bytesOf, suite, uint53 } from './arbitraries.ts'
import { vectors } from './golden.ts'
import * as values from './values.ts'

/** One structure. */
export interface Structure {
  readonly name: string
  /** Its section of SPEC. */
  readonly spec: string
  /** Exported functions of `src` that read or write it. */
  readonly functions: readonly string[]
  readonly vectors: readonly Uint8Array[]
  /** Encoded values for a corpus; none where nothing but requests is read. */
  readonly samples: readonly Uint8Array[]
  /** Reads bytes from outside. @throws a typed error */
  decode(bytes: Uint8Array): unknown
  /** The bytes a decoded value was read from. */
  encode?(value: never): Uint8Array
  /** What of the bytes has one form only: all of them where it is left out. */
  normalize?(bytes: Uint8Array): unknown
  /** Whether it is written by hand, so that nothing but its meaning has one form. */
  readonly isFree?: boolean
  /** More than this many bytes are refused unread. */
  readonly limit?: number
  /** Codes of what it refuses. */
  readonly codes: RegExp
}

interface Codec<Value> extends Pick<Structure, 'name' | 'spec' | 'functions' | 'limit' | 'normalize' | 'isFree'> {
  readonly value: fc.Arbitrary<Value>
  readonly vectors: readonly Hex[] | readonly string[]
  readonly codes?: RegExp
  encode(value: Value): Uint8Array
  decode(bytes: Uint8Array): Value
}

const bytesOfVector = (vector: string): Uint8Array => (vector.startsWith('0x') ? fromHex(vector) : utf8(vector))

function codec<Value>({ value, codes = /^(wire|core)\./, ...rest }: Codec<Value>): Structure {
  const samples = fc.sample(value, { seed: 20261123, numRuns: 24 }).map(rest.encode)
  return { ...rest, codes, samples, vectors: rest.vectors.map(bytesOfVector) }
}

const { cards, messages, acceptance, session, frames, requests, answers, stored, deployment } = vectors
const everyMessage = Object.values(messages)

const binary: readonly Structure[] = [
  codec({
    name: 'agent reference',
    spec: '1.3',
    functions: ['encodeAgentRef', 'decodeAgentRef'],
    value: agentRef,
    vectors: Object.values(cards).map((card) => card.agentRef),
    encode: encodeAgentRef,
    decode: decodeAgentRef,
    limit: agentRefBytes,
  }),
  codec({
    name: 'card',
    spec: '2',
    functions: ['encodeCard', 'decodeCard', 'encodeUnsignedCard'],
    value: values.card,
    vectors: Object.values(cards).map(({ card }) => card),
    encode: encodeCard,
    decode: decodeCard,
    limit: maxCardBytes,
  }),
  codec({
    name: 'header',
    spec: '3',
    functions: ['encodeHeader', 'decodeHeader'],
    value: values.header,
    vectors: everyMessage.map(({ header }) => header),
    encode: encodeHeader,
    decode: decodeHeader,
    limit: maxEnvelopeBytes,
  }),
  codec({
    name: 'envelope',
    spec: '3',
    functions: ['encodeEnvelope', 'decodeEnvelope'],
    value: values.envelope,
    vectors: everyMessage.map(({ envelope }) => envelope),
    encode: ({ header, ciphertext }) => encodeEnvelope(encodeHeader(header), ciphertext),
    decode(bytes) {
      const { header, ciphertext } = decodeEnvelope(bytes)
      return { header, ciphertext }
    },
    limit: maxEnvelopeBytes,
  }),
  codec({
    name: 'inner message',
    spec: '4',
    functions: ['encodeInnerMessage', 'decodeInnerMessage'],
    value: values.innerMessage,
    vectors: everyMessage.map(({ innerMessage }) => innerMessage),
    encode: encodeInnerMessage,
    decode: decodeInnerMessage,
    limit: maxEnvelopeBytes,
  }),
  codec({
    name: 'statement',
    spec: '5.1',
    functions: ['encodeStatement', 'decodeStatement'],
    value: values.statement,
    vectors: everyMessage.map(({ statement }) => statement),
    encode: encodeStatement,
    decode: decodeStatement,
    limit: statementBytes,
  }),
  codec({
    name: 'acceptance receipt',
    spec: '8.2',
    functions: ['encodeAcceptanceReceipt', 'decodeAcceptanceReceipt'],
    value: values.acceptance,
    vectors: acceptance.receipts,
    encode: encodeAcceptanceReceipt,
    decode: decodeAcceptanceReceipt,
    limit: maxAcceptanceReceiptBytes,
  }),
  codec({
    name: 'challenge',
    spec: '8.3',
    functions: ['encodeChallenge', 'decodeChallenge'],
    value: values.challenge,
    vectors: [session.challenge],
    encode: encodeChallenge,
    decode: decodeChallenge,
    limit: challengeBytes,
  }),
  codec({
    name: 'relay frame',
    spec: '8.4',
    functions: ['encodeRelayFrame', 'decodeRelayFrame', 'encodeList', 'decodeList'],
    value: values.relayFrame,
    vectors: Object.values(frames),
    encode: encodeRelayFrame,
    decode: decodeRelayFrame,
    limit: maxFrameBytes,
  }),
  codec({
    name: 'message record',
    spec: '9.1',
    functions: ['encodeMessageRecord', 'decodeMessageRecord'],
    value: values.messageRecord,
    vectors: [stored.sent, stored.received],
    encode: encodeMessageRecord,
    decode: decodeMessageRecord,
  }),
  codec({
    name: 'outbox entry',
    spec: '9.2',
    functions: ['encodeOutboxEntry', 'decodeOutboxEntry'],
    value: values.outboxEntry,
    vectors: [stored.outboxEntry],
    encode: encodeOutboxEntry,
    decode: decodeOutboxEntry,
  }),
  codec({
    name: 'keys',
    spec: '9.3',
    functions: ['serializeKeyring', 'deserializeKeyring'],
    value: fc
      .tuple(suite, bytesOf(64))
      .map(([of, seeds]) => deserializeKeyring(nodeBackend, Uint8Array.of(of >> 8, of & 0xff, ...seeds))),
    vectors: [stored.keys],
    encode: serializeKeyring,
    decode: (bytes) => deserializeKeyring(nodeBackend, bytes),
  }),
  codec({
    name: 'kept batch',
    spec: '9.4',
    functions: ['encodeKeptBatch', 'decodeKeptBatch'],
    value: values.keptBatch,
    vectors: [stored.batch],
    encode: encodeKeptBatch,
    decode: decodeKeptBatch,
  }),
  codec({
    name: 'counter',
    spec: '9.5',
    functions: ['encodeCount', 'decodeCount'],
    value: uint53,
    vectors: [stored.counter],
    encode: encodeCount,
    decode: decodeCount,
    codes: /^messaging\.corrupt_record$/,
  }),
  codec({
    name: 'replay row',
    spec: '9.6',
    functions: ['encodeReplayRow', 'decodeReplayRow'],
    value: values.replayRow,
    vectors: [stored.pending, stored.done],
    encode: encodeReplayRow,
    decode: decodeReplayRow,
    limit: 33,
  }),
]

/** What a JSON text is made of, without its white space and order: every spelling is another text here. */
function tokensOf(bytes: Uint8Array): string[] {
  const tokens = fromUtf8(bytes).match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g) ?? []
  return tokens.toSorted()
}

/** A request's parameters, read as the relay reads them. */
function request(name: keyof typeof requests, operationId: string): Structure {
  const operation = operations.find(({ id }) => id === operationId)
  return {
    name: `request: ${name}`,
    spec: '8.5',
    functions: ['parseJsonBody'],
    vectors: [utf8(requests[name])],
    samples: Object.values(requests).map(utf8),
    decode: (bytes) => operation?.params.parse(parseJsonBody(bytes)),
    codes: /^relay\.malformed_request$/,
  }
}

const json: readonly Structure[] = [
  codec({
    name: 'proof file',
    spec: '6.3',
    functions: ['encodeProof', 'decodeProof', 'parseJson'],
    value: values.proof,
    vectors: everyMessage.map((message) => encodeProof(message.proof)),
    encode: (value) => utf8(encodeProof(value)),
    decode: decodeProof,
    normalize: tokensOf,
    limit: maxProofBytes,
  }),
  codec({
    name: 'deployment file',
    spec: '7.4',
    functions: ['formatDeployment', 'parseDeployment'],
    value: values.deployment,
    vectors: [deployment],
    encode: (value) => utf8(formatDeployment(value)),
    decode: (bytes) => parseDeployment(fromUtf8(bytes)),
    isFree: true,
    codes: /^(registry\.malformed_deployment|core\.malformed_text)$/,
  }),
  request('challenge', 'createChallenge'),
  request('session', 'createSession'),
  request('lease', 'lease'),
  request('acknowledge', 'acknowledge'),
  {
    name: 'answer of a relay',
    spec: '8.5',
    functions: ['parseAnswer'],
    vectors: Object.values(answers).map(utf8),
    samples: [],
    decode: (bytes) => parseAnswer('http://relay.example', bytes),
    codes: /^transport\.malformed_answer$/,
  },
]

/** All of them. */
export const structures: readonly Structure[] = [...binary, ...json]

/** Functions of `src` whose names sound like those of a structure, and what holds them instead. */
export const elsewhere: Readonly<Record<string, string>> = {
  encodeEnvelopeRoom: 'test/wire/envelope.test.ts holds it against encodeEnvelope',
  encodeInnerMessageRoom: 'test/wire/inner-message.test.ts holds it against encodeInnerMessage',
  encodeStamp: 'hashed, never read: test/wire/stamp.test.ts has its bytes',
  encodeContent: 'the preimage of a commitment: hashed, never read; its vector is contentPreimage',
  encodeBinding: 'the preimage of a commitment: hashed, never read; its vector is bindingPreimage',
  encodeContentOf: 'a caller’s content: test/client/content.test.ts',
  parseAccountId: 'CAIP-10 text of a caller: test/core/agent-ref.test.ts',
  formatAccountId: 'CAIP-10 text for people: test/core/agent-ref.test.ts',
  parseFlags: 'the command line: test/cli/run-command.test.ts',
  decodeRegistryRevert: 'what a contract refuses with: test/registry/contract-errors.test.ts',
  decodeCurrent: 'a storage word, held against the contract: test/registry/registry-storage.test.ts',
  decodeRecord: 'a storage word, held against the contract: test/registry/registry-storage.test.ts',
}
