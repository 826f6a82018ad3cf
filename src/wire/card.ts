/**
 * The card: everything needed to reach an agent (SPEC §2).
 *
 * ```
 * struct {
 *   uint8  version = 1;  uint8 type = 1;  uint16 suite;  uint8 kind;
 *   opaque signingKey[32];
 *   opaque sealingKey[publicKeyBytes of suite];
 *   uint8  relayCount;  { uint8 length; opaque url[length]; } relays[relayCount];
 *   opaque possession[64];
 * } Card;
 * ```
 */
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { maxCardBytes, maxRelays, maxRelayUrlBytes } from '../core/limits.ts'
import { type Suite, suiteSizes } from '../core/suite.ts'
import { MalformedFieldError } from './errors.ts'
import { Reader } from './reader.ts'
import { asSuite } from './suite.ts'
import { Writer } from './writer.ts'

/** The kinds of correspondent, in the order of their bytes 1, 2, 3. Signed, so that a person can be told. */
export const cardKinds = ['agent', 'human', 'service'] as const
/** Whether a program that answers by itself, a person, or a service stands behind a card. */
export type CardKind = (typeof cardKinds)[number]

/** What a card says. */
export interface Card {
  readonly suite: Suite
  readonly kind: CardKind
  /** Ed25519 public key, 32 bytes. */
  readonly signingKey: Uint8Array
  /** KEM public key: 1,216 bytes (X-Wing) or 32 (X25519). */
  readonly sealingKey: Uint8Array
  /** Up to 4 `http`/`https` URLs, each at most 255 ASCII characters. */
  readonly relays: readonly string[]
  /** Ed25519 signature by `signingKey` over the possession statement, 64 bytes (SPEC §2.1). */
  readonly possession: Uint8Array
}

const structure = 'card'
const version = 1
/** The structure type byte of a card. */
const typeCard = 1
const possessionBytes = 64

/** The card without its last field: what the possession signature covers. */
export function encodeUnsignedCard(card: Omit<Card, 'possession'>): Uint8Array {
  const { publicKeyBytes } = suiteSizes(card.suite)
  if (card.relays.length > maxRelays || !card.relays.every(isRelayUrl))
    throw new MalformedFieldError({ structure, field: 'relays', expected: `at most ${maxRelays} http or https URLs` })
  const relays = card.relays.map(utf8)
  const writer = new Writer(
    5 + 32 + publicKeyBytes + 1 + relays.reduce((sum, url) => sum + 1 + url.length, 0),
    structure,
  )
  writer.uint8('version', version).uint8('type', typeCard).uint16('suite', card.suite)
  writer.word('kind', card.kind, cardKinds)
  writer.fixed('signing key', card.signingKey, 32).fixed('sealing key', card.sealingKey, publicKeyBytes)
  writer.uint8('relay count', relays.length)
  for (const url of relays) writer.uint8('relay length', url.length).vector('relay', url, maxRelayUrlBytes)
  return writer.finish()
}

/** Encodes a card. @throws MalformedFieldError or TooLargeError when a field is out of bounds */
export function encodeCard(card: Card): Uint8Array {
  const unsigned = encodeUnsignedCard(card)
  return new Writer(unsigned.length + possessionBytes, structure)
    .vector('unsigned card', unsigned, maxCardBytes - possessionBytes)
    .fixed('possession', card.possession, possessionBytes)
    .finish()
}

/**
 * Decodes a card. The possession signature is not checked here: see `verifyCard` of identity.
 *
 * @param bytes at most 4,096
 * @throws a `wire.*` error
 */
export function decodeCard(bytes: Uint8Array): Card {
  const reader = new Reader(bytes, structure, maxCardBytes)
  reader.version(version)
  reader.constant('type', typeCard)
  const suite = asSuite(structure, reader.uint16())
  const kind = cardKinds[reader.uint8() - 1]
  if (kind === undefined) throw reader.malformed('kind', '1 to 3')
  const signingKey = reader.bytes(32)
  const sealingKey = reader.bytes(suiteSizes(suite).publicKeyBytes)
  const relays = readRelays(reader)
  const possession = reader.bytes(possessionBytes)
  reader.end()
  return { suite, kind, signingKey, sealingKey, relays, possession }
}

function readRelays(reader: Reader): string[] {
  const count = reader.uint8()
  if (count > maxRelays) throw reader.malformed('relay count', `at most ${maxRelays}`)
  return Array.from({ length: count }, () => {
    const url = fromUtf8(reader.vector('relay', reader.uint8(), maxRelayUrlBytes))
    if (!isRelayUrl(url)) throw reader.malformed('relay', 'an http or https URL in printable ASCII')
    return url
  })
}

// Nothing that URL parsers read differently: a backslash, a host left out, an empty user, query or fragment.
const relayUrl = /^https?:\/\/[^/?#\\@]+(?:\/[^?#\\]*)?$/
const printable = /^[!-~]+$/

/** Tells whether a text may stand in a card as a relay: an absolute `http`/`https` URL without user, query or fragment. */
export function isRelayUrl(url: string): boolean {
  return url.length <= maxRelayUrlBytes && printable.test(url) && relayUrl.test(url) && URL.canParse(url)
}
