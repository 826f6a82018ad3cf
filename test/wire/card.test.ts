import { expect } from 'chai'
import { concatBytes, utf8 } from '../../src/core/bytes.ts'
import { maxCardBytes, maxRelays, maxRelayUrlBytes } from '../../src/core/limits.ts'
import { suiteSizes, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { type Card, decodeCard, encodeCard, encodeUnsignedCard, isRelayUrl } from '../../src/wire/card.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { card } from '../support/values.ts'

const classical: Card = {
  suite: suiteX25519,
  kind: 'service',
  signingKey: new Uint8Array(32).fill(1),
  sealingKey: new Uint8Array(32).fill(2),
  relays: ['https://relay.example'],
  possession: new Uint8Array(64).fill(3),
}

const validUrls = [
  'http://a',
  'https://relay.example',
  'https://relay.example/',
  'https://relay.example:8443/herald/v1',
  'http://127.0.0.1:8787',
  'http://[::1]:8787',
  'https://xn--bcher-kva.example',
  'https://relay.example/~user/@name',
  `https://${'a'.repeat(maxRelayUrlBytes - 8)}`,
]

const invalidUrls = [
  '',
  'relay.example', // not absolute
  '//relay.example',
  '/path',
  'http:', // no host
  'http://',
  'https://:8443',
  'ws://relay.example', // other schemes
  'ftp://relay.example',
  'file:///etc/passwd',
  'javascript://relay.example/%0aalert(1)',
  'HTTPS://relay.example', // one spelling of a scheme
  ' https://relay.example',
  'https://relay.example ',
  'https://relay .example',
  'https://relay.example\n',
  'https://relay.example\t',
  'https://bücher.example', // not ASCII
  'https://relay.example/\u0000',
  'https://relay.example:65536',
  'https://relay.example:port',
  'http://[::1',
  'https://%00.example',
  'https://user@relay.example', // user, query, fragment
  'https://user:secret@relay.example',
  'https://@relay.example',
  'https://:@relay.example',
  'https://relay.example/?key=1',
  'https://relay.example/#top',
  'https://relay.example?',
  'https://relay.example/#',
  'https:///relay.example', // read differently by different parsers
  'https://\\relay.example',
  'https://relay.example\\@other.example',
  `https://${'a'.repeat(maxRelayUrlBytes - 7)}`, // 256 characters
]

/** The bytes of the classical card with its relay's text replaced. */
function withRelay(text: Uint8Array): Uint8Array {
  const before = encodeCard({ ...classical, relays: [] }).subarray(0, 5 + 32 + 32)
  return concatBytes(before, Uint8Array.of(1, text.length), text, classical.possession)
}

function decodingErrorAt(offset: number, ...bytes: number[]) {
  const damaged = encodeCard(classical)
  damaged.set(bytes, offset)
  return refusal(() => decodeCard(damaged))
}

describe('wire/card', () => {
  behavesLikeStrictCodec({ value: card, encode: encodeCard, decode: decodeCard, limit: maxCardBytes })

  describe('encodeCard', () => {
    it('lays the fields out as SPEC §2 says', () => {
      const url = utf8('https://relay.example')
      const { signingKey, sealingKey, possession } = classical
      const laidOut = [Uint8Array.of(1, 1, 0, 0x20, 3), signingKey, sealingKey, Uint8Array.of(1, url.length), url]
      expect(encodeUnsignedCard(classical)).to.deep.equal(concatBytes(...laidOut))
      expect(encodeCard(classical)).to.deep.equal(concatBytes(...laidOut, possession))
    })

    it('has the size DESIGN counts on: 1,248 bytes of keys in a post-quantum card', () => {
      const { publicKeyBytes } = suiteSizes(suiteXWing)
      const bytes = encodeCard({
        ...classical,
        suite: suiteXWing,
        sealingKey: new Uint8Array(publicKeyBytes),
        relays: [],
      })
      expect(bytes.length).to.equal(5 + 1248 + 1 + 64)
    })

    it('refuses what decodeCard would refuse', () => {
      const wrong: Record<string, Partial<Card>> = {
        'signing key': { signingKey: new Uint8Array(31) },
        'sealing key': { sealingKey: new Uint8Array(1216) },
        possession: { possession: new Uint8Array(65) },
        kind: { kind: 'robot' as never },
        relays: { relays: Array.from({ length: maxRelays + 1 }, () => 'http://a') },
      }
      for (const [field, change] of Object.entries(wrong)) {
        const error = refusal(() => encodeCard({ ...classical, ...change }))
        expect(error.code, field).to.equal('wire.malformed_field')
        expect(error.facts).to.include({ structure: 'card', field })
      }
    })
  })

  describe('decodeCard', () => {
    it('refuses an unknown version, type, suite and kind, each by its error', () => {
      const version = decodingErrorAt(0, 2)
      expect(version.code).to.equal('wire.unknown_version')
      expect(version.facts).to.deep.equal({ structure: 'card', version: 2, supported: 1 })
      expect(decodingErrorAt(1, 2).facts).to.deep.equal({ structure: 'card', field: 'type', expected: '1' })
      const suiteError = decodingErrorAt(2, 0x12, 0x34)
      expect(suiteError.code).to.equal('wire.unknown_suite')
      expect(suiteError.facts).to.deep.equal({ structure: 'card', suite: 0x1234 })
      for (const kind of [0, 4, 255]) {
        const error = decodingErrorAt(4, kind)
        expect(error.code).to.equal('wire.malformed_field')
        expect(error.facts).to.include({ field: 'kind' })
      }
    })

    it('refuses more relays than allowed before it reads them', () => {
      const error = decodingErrorAt(5 + 32 + 32, maxRelays + 1)
      expect(error.code).to.equal('wire.malformed_field')
      expect(error.facts).to.include({ field: 'relay count' })
    })

    it('refuses a relay that is no URL, and one that is not UTF-8', () => {
      for (const url of invalidUrls.filter((text) => utf8(text).length < 256)) {
        const error = refusal(() => decodeCard(withRelay(utf8(url))))
        expect(error.code, url).to.equal('wire.malformed_field')
      }
      expect(refusal(() => decodeCard(withRelay(Uint8Array.of(0xff)))).code).to.equal('core.malformed_text')
    })
  })

  describe('isRelayUrl', () => {
    for (const url of validUrls)
      it(`takes ${url.length > 60 ? `${url.length} characters` : url}`, () => {
        expect(isRelayUrl(url)).to.equal(true)
        expect(decodeCard(encodeCard({ ...classical, relays: [url] })).relays).to.deep.equal([url])
      })

    for (const url of invalidUrls)
      it(`refuses ${url.length > 60 ? `${url.length} characters` : JSON.stringify(url)}`, () => {
        expect(isRelayUrl(url)).to.equal(false)
        expect(refusal(() => encodeCard({ ...classical, relays: [url] })).code).to.equal('wire.malformed_field')
      })
  })
})
