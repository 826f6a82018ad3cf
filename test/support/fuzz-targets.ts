/** What is fuzzed: every structure, and the places where bytes from outside meet keys. */
import { createSecretKey } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { equalBytes, fromHex, utf8 } from '../../src/core/bytes.ts'
import { HeraldError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type OpenContext, openMessage } from '../../src/messaging/sealed/open-message.ts'
import { defaultRelayLimits, type RelayContext } from '../../src/relay/config.ts'
import { openAtRest, sealAtRest } from '../../src/relay/mailbox/body-cipher.ts'
import { memoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts'
import { type OpenSession, Sessions } from '../../src/relay/sessions.ts'
import { SingleUse } from '../../src/relay/single-use.ts'
import { encodeEnvelope } from '../../src/wire/envelope.ts'
import type { FuzzTarget } from './fuzzer.ts'
import { goldenAgent, goldenContext, goldenDirectory, vectors, vectorTime } from './golden.ts'
import { type Structure, structures } from './structures.ts'

const jsonWords = ['{', '}', '[', ']', '"', ':', ',', ' ', '\\', '\\u0061', '\\"', 'null', 'true', '0', '-0', '-1']
const moreJsonWords = ['1e400', '1e0', '1.0', '9007199254740993', '"__proto__":', '"constructor":', '"0x"', '\ufeff']
/** Bytes that mean something to one decoder or the other: JSON tokens, CBOR heads, malformed UTF-8. */
const words: readonly Uint8Array[] = [
  ...[...jsonWords, ...moreJsonWords, 'eip155:1:0x', '0x', 'http://', '=='].map(utf8),
  ...[[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0x9f], [0xf6], [0xf7], [0xfb], [0x1b]].map(
    (bytes) => Uint8Array.from(bytes),
  ),
  ...[[0x18, 0x17], [0x58, 0x01], [0x5a, 0xff, 0xff, 0xff, 0xff], [0x9a, 0xff, 0xff, 0xff, 0xff], [0xc1], [0xa1]].map(
    (bytes) => Uint8Array.from(bytes),
  ),
]

/** How many binary digits a number has: values that differ by less look alike to the fuzzer. */
const magnitude = (value: number): number => 32 - Math.clz32(value) + (value > 0xffff_ffff ? 21 : 0)

/** What a value looks like: its fields, and roughly how large each is. */
function shapeOf(value: unknown, depth = 0): string {
  if (typeof value === 'number') return `n${magnitude(value)}`
  if (typeof value === 'string') return `s${magnitude(value.length)}`
  if (value instanceof Uint8Array) return `b${magnitude(value.length)}`
  if (Array.isArray(value)) return `[${value.length > 4 ? 'many' : value.length}]`
  if (typeof value !== 'object' || value === null || depth > 2) return String(value)
  return `{${Object.entries(value).map(([name, inner]) => `${name}:${shapeOf(inner, depth + 1)}`)}}`
}

/** The outcome of a refusal: its code and what it says of the place. @throws what is no typed error of these codes */
function refusalOf(error: unknown, codes: RegExp): string {
  if (!(error instanceof HeraldError)) throw new Error('lets a raw error out', { cause: error })
  if (!codes.test(error.code)) throw new Error(`refuses with ${error.code}`, { cause: error })
  const { structure = '', field = '', expected = '' } = error.facts as Readonly<Record<string, string>>
  return `${error.code} ${structure} ${field} ${expected}`
}

/** Trust in a decoder: one value has one encoding, and reading what was written gives what was written. */
function assertCanonical({ decode, encode, normalize, isFree }: Structure, input: Uint8Array, value: unknown): void {
  if (encode === undefined) return
  const again = encode(value as never)
  if (isFree || normalize) {
    if (!isDeepStrictEqual(decode(again), value)) throw new Error('reads another value from what it wrote')
    if (normalize && !isDeepStrictEqual(normalize(again), normalize(input))) throw new Error('takes two spellings')
  } else if (!equalBytes(again, input)) throw new Error('takes two encodings of one value')
}

/** A structure under damaged inputs. */
export function structureTarget(structure: Structure): FuzzTarget {
  const { name, codes } = structure
  return {
    name,
    corpus: [...structure.vectors, ...structure.samples],
    words,
    run(input) {
      let value: unknown
      try {
        value = structure.decode(input)
      } catch (error) {
        return refusalOf(error, codes)
      }
      assertCanonical(structure, input, value)
      return `taken ${shapeOf(value)}`
    },
  }
}

/** Opens an envelope: what is not exactly an honest one is refused, by name. */
async function openForged(context: OpenContext, input: Uint8Array, isHonest: boolean): Promise<string> {
  try {
    await openMessage(context, input)
  } catch (error) {
    return refusalOf(error, /^(wire|core|sealed|identity|registry)\./)
  }
  if (!isHonest) throw new Error('is taken, and nobody sent it')
  return 'taken'
}

const everyEnvelope = (['xWing', 'x25519'] as const).map((suite) => fromHex(vectors.messages[suite].envelope))

const bobsContext = goldenContext('bob')
/** Envelopes to bob and to carol, opened by bob: by his keys, header and registry, one of them opens. */
const envelopeTarget: FuzzTarget = {
  name: 'a sealed message',
  corpus: everyEnvelope,
  words,
  run: (input) =>
    openForged(
      bobsContext,
      input,
      everyEnvelope.some((honest) => equalBytes(honest, input)),
    ),
}

/** An AEAD that holds nothing back, so that its key does not matter either: what remains are the checks behind it. */
const openAead = {
  ...nodeBackend,
  x25519: () => new Uint8Array(32),
  x25519PublicKey: () => new Uint8Array(32),
  hmacSha256: () => new Uint8Array(32),
  aes256GcmOpen: (...[, , , sealed]: Uint8Array[]) => sealed,
}
const carolsContext = { ...goldenContext('carol'), backend: openAead } as OpenContext
const toCarol = vectors.messages.x25519
const innerTarget: FuzzTarget = {
  name: 'an inner message behind an AEAD that opens everything',
  corpus: [toCarol, vectors.messages.xWing].map(({ innerMessage }) => fromHex(innerMessage)),
  words,
  run(input) {
    const envelope = encodeEnvelope(fromHex(toCarol.header), input)
    return openForged(carolsContext, envelope, equalBytes(input, fromHex(toCarol.innerMessage)))
  },
}

const bob = goldenAgent('bob')

/** What issues and reads session tokens, at a fixed time. */
function openSessions(): Sessions {
  const relayKey = new Secret(new Uint8Array(32).fill(9))
  const context: RelayContext = {
    host: '127.0.0.1',
    port: 0,
    origin: 'https://relay.example',
    mailbox: memoryMailbox(),
    directory: goldenDirectory,
    ambient: { now: () => vectorTime, random: (length) => new Uint8Array(length).fill(1) },
    backend: nodeBackend,
    relayKey,
    publicKey: nodeBackend.ed25519PublicKey(relayKey),
    limits: defaultRelayLimits,
    log: () => {},
    trustProxy: false,
    span: (_name, work) => work(),
    closing: new AbortController().signal,
  }
  return new Sessions(context, new SingleUse(context))
}

async function sessionTarget(): Promise<FuzzTarget> {
  const sessions = openSessions()
  const { agent, cardId, keyring } = bob
  const challenge = sessions.challenge(agent, cardId)
  const signature = nodeBackend.ed25519Sign(keyring.signing, challenge)
  const { token } = await sessions.open({ agent, cardId, challenge, signature })
  const honest = await sessions.verify(token)
  return {
    name: 'a session token',
    corpus: [utf8(token)],
    words: [...words, ...['.', '..', '-', '_', 'eyJhbGciOiJub25lIn0'].map(utf8)],
    async run(input) {
      let session: OpenSession
      try {
        session = await sessions.verify(String.fromCharCode(...input))
      } catch (error) {
        return refusalOf(error, /^relay\.session_invalid$/)
      }
      if (!isDeepStrictEqual(session, honest)) throw new Error('gives a session nobody opened')
      if (!equalBytes(input, utf8(token))) throw new Error('takes two spellings')
      return 'taken'
    },
  }
}

/** Envelopes as a relay keeps them; only what it wrote in that place opens. */
function atRestTarget(): FuzzTarget {
  const key = createSecretKey(new Uint8Array(32).fill(3))
  const place = Uint8Array.of(7)
  const plain = everyEnvelope[1] as Uint8Array
  return {
    name: 'a body at rest',
    corpus: [sealAtRest(key, place, plain), sealAtRest(key, Uint8Array.of(8), plain)],
    words,
    run(input) {
      const opened = openAtRest(key, place, input)
      if (opened && !equalBytes(opened, plain)) throw new Error('opens to what nobody sealed')
      return opened ? 'taken' : 'refused'
    },
  }
}

/** All targets. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...structures.map(structureTarget),
  envelopeTarget,
  innerTarget,
  await sessionTarget(),
  atRestTarget(),
]
