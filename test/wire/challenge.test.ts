import { expect } from 'chai'
import { type Challenge, decodeChallenge, encodeChallenge, relayOriginOf } from '../../src/wire/challenge.ts'

const challenge: Challenge = {
  relayOrigin: new Uint8Array(32).fill(1),
  mailbox: `0x${'02'.repeat(32)}` as never,
  cardId: `0x${'03'.repeat(32)}` as never,
  nonce: new Uint8Array(32).fill(4),
  expires: 0x0102_0304_0506,
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act()
  } catch (error) {
    return (error as { code: string }).code
  }
  return undefined
}

describe('wire/challenge', () => {
  describe('encodeChallenge', () => {
    it('gives the bytes of SPEC §8.3', () => {
      const label = Buffer.from('herald/v1 challenge\0').toString('hex')
      const fields = ['01', '02', '03', '04'].map((byte) => byte.repeat(32)).join('')
      expect(Buffer.from(encodeChallenge(challenge)).toString('hex')).to.equal(`${label}${fields}0000010203040506`)
    })
  })

  describe('decodeChallenge', () => {
    it('gives back what was encoded', () => {
      expect(decodeChallenge(encodeChallenge(challenge))).to.deep.equal(challenge)
    })

    it('refuses another label, a byte less and a byte more', () => {
      const bytes = encodeChallenge(challenge)
      expect(codeOf(() => decodeChallenge(Uint8Array.of(0, ...bytes.subarray(1))))).to.equal('wire.malformed_field')
      expect(codeOf(() => decodeChallenge(bytes.subarray(0, 155)))).to.equal('wire.truncated')
      expect(codeOf(() => decodeChallenge(Uint8Array.of(...bytes, 0)))).to.equal('wire.too_large')
    })
  })

  describe('relayOriginOf', () => {
    it('gives one text for one relay', () => {
      expect(relayOriginOf('HTTPS://Relay.example:443/')).to.equal('https://relay.example')
      expect(relayOriginOf('http://127.0.0.1:8787')).to.equal('http://127.0.0.1:8787')
      expect(relayOriginOf('https://relay.example/team/a/')).to.equal('https://relay.example/team/a')
    })

    it('refuses what is not an http or https URL', () => {
      for (const url of ['', 'relay.example', 'ftp://relay.example'])
        expect(codeOf(() => relayOriginOf(url))).to.equal('core.invalid_argument')
    })
  })
})
