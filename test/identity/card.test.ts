import { expect } from 'chai'
import { keccak256 } from 'ethers'
import { HeraldError } from '../../src/core/errors.ts'
import { asAddress } from '../../src/core/ids.ts'
import { maxCardBytes } from '../../src/core/limits.ts'
import { suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type CardOptions, cardIdOf, createCard, verifyCard } from '../../src/identity/card.ts'
import { createKeyring } from '../../src/identity/keyring.ts'
import { encodeCard } from '../../src/wire/card.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const random = (length: number) => new Uint8Array(length).map((_, i) => i * 7 + length)
const agent = {
  chainId: 31337,
  registry: asAddress(`0x${'5e'.repeat(20)}`),
  address: asAddress(`0x${'a1'.repeat(20)}`),
}
const optionsOf = (suite: typeof suiteXWing | typeof suiteX25519): CardOptions => ({
  agent,
  keyring: createKeyring(nodeBackend, random, suite),
  kind: 'human',
  relays: ['https://one.example', 'http://two.example:8787'],
})
const classical = optionsOf(suiteX25519)
const { card, cardBytes, cardId } = createCard(nodeBackend, classical)

describe('identity/card', () => {
  describe('createCard', () => {
    for (const suite of [suiteXWing, suiteX25519] as const)
      it(`makes a card of suite 0x${suite.toString(16)} that verifies, the same by both backends`, () => {
        const made = createCard(nodeBackend, optionsOf(suite))
        expect(createCard(nobleBackend, optionsOf(suite))).to.deep.equal(made)
        for (const backend of [nodeBackend, nobleBackend])
          expect(verifyCard(backend, agent, made.cardBytes)).to.deep.equal({ card: made.card, cardId: made.cardId })
        expect(made.card.relays).to.deep.equal(classical.relays)
        expect(made.card.kind).to.equal('human')
      })

    it('refuses relays out of bounds', () => {
      for (const relays of [['ftp://relay.example'], ['relay.example'], Array.from({ length: 5 }, () => 'http://a')])
        expect(codeOf(() => createCard(nodeBackend, { ...classical, relays }))).to.equal('wire.malformed_field')
    })
  })

  describe('cardIdOf', () => {
    it('is keccak256 of the bytes, as the contract computes it', () => {
      expect(cardIdOf(nodeBackend, cardBytes)).to.equal(keccak256(cardBytes))
      expect(cardId).to.equal(keccak256(cardBytes))
    })
  })

  describe('verifyCard', () => {
    it('refuses the card for another agent, registry or chain: a card cannot be taken over', () => {
      const elsewhere = [
        { ...agent, address: asAddress(`0x${'a2'.repeat(20)}`) },
        { ...agent, registry: asAddress(`0x${'5f'.repeat(20)}`) },
        { ...agent, chainId: 1 },
      ]
      for (const other of elsewhere) {
        const error = refusal(() => verifyCard(nodeBackend, other, cardBytes))
        expect(error.code).to.equal('identity.possession')
        expect(error.facts).to.deep.equal({ agent: other })
      }
    })

    it('refuses the card with any single bit flipped', () => {
      for (let bit = 0; bit < cardBytes.length * 8; bit++) {
        const damaged = Uint8Array.from(cardBytes)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        const error = refusal(() => verifyCard(nodeBackend, agent, damaged))
        expect(error).to.be.instanceOf(HeraldError)
        expect(error.code, `bit ${bit}`).to.match(/^(identity\.possession|wire\.[a-z_]+|core\.malformed_text)$/)
      }
    })

    it('refuses keys whose holder did not sign: somebody else’s sealing key under a signature of one’s own', () => {
      const mallory = createKeyring(nodeBackend, (length) => random(length).fill(9), suiteX25519)
      const grafted = encodeCard({ ...card, signingKey: mallory.signingKey })
      expect(codeOf(() => verifyCard(nodeBackend, agent, grafted))).to.equal('identity.possession')
    })

    it('refuses a signing key of small order, which would sign for nobody', () => {
      const identityPoint = Uint8Array.of(1, ...new Uint8Array(31))
      const trivial = Uint8Array.of(...identityPoint, ...new Uint8Array(32))
      const forged = encodeCard({ ...card, signingKey: identityPoint, possession: trivial })
      for (const backend of [nodeBackend, nobleBackend])
        expect(codeOf(() => verifyCard(backend, agent, forged))).to.equal('identity.possession')
    })

    it('refuses oversized bytes before it looks at them', () => {
      expect(codeOf(() => verifyCard(nodeBackend, agent, new Uint8Array(maxCardBytes + 1)))).to.equal('wire.too_large')
    })
  })
})
