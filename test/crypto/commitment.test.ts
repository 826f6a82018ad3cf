import { expect } from 'chai'
import { keccak256 } from 'ethers'
import fc from 'fast-check'
import { concatBytes, toHex, utf8 } from '../../src/core/bytes.ts'
import {
  anchorLeaf,
  bindingCommitment,
  contentCommitment,
  type OpeningPurpose,
  openingPart,
} from '../../src/crypto/commitment.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { referenceCommitment, referencePart } from '../reference/sealed.ts'
import { bytesOf } from '../support/arbitraries.ts'

const purposes: OpeningPurpose[] = ['content', 'binding', 'anchor']
const pinned = { seed: 20261123, numRuns: 100 }

describe('crypto/commitment', () => {
  describe('openingPart', () => {
    it('gives each purpose a part of its own, from which no other can be told', () => {
      fc.assert(
        fc.property(bytesOf(64), (opening) => {
          const parts = purposes.map((purpose) => openingPart(nodeBackend, purpose, opening))
          expect(parts.every(({ length }) => length === 64)).to.equal(true)
          expect(new Set(parts.map(toHex)).size).to.equal(3)
          const label = utf8('herald/v1 opening anchor')
          expect(parts[2]).to.deep.equal(nobleBackend.sha512(concatBytes(label, opening)))
        }),
        pinned,
      )
    })
  })

  describe('contentCommitment and bindingCommitment', () => {
    it('depend on part and preimage, and never pass for each other', () => {
      fc.assert(
        fc.property(bytesOf(64), bytesOf(64), bytesOf(0, 80), bytesOf(0, 80), (part, otherPart, said, other) => {
          fc.pre(toHex(part) !== toHex(otherPart) && toHex(said) !== toHex(other))
          const made = [contentCommitment, bindingCommitment].flatMap((commit) => [
            commit(nodeBackend, part, said),
            commit(nodeBackend, otherPart, said),
            commit(nodeBackend, part, other),
          ])
          expect(new Set(made.map(toHex)).size).to.equal(6)
          expect(made.every(({ length }) => length === 32)).to.equal(true)
        }),
        pinned,
      )
    })

    it('are what the readable twin computes, also for parts and openings of other lengths, one after the other', () => {
      fc.assert(
        fc.property(bytesOf(0, 130), bytesOf(0, 200), bytesOf(64), (odd, said, part) => {
          for (const given of [part, odd, part]) {
            expect(contentCommitment(nodeBackend, given, said)).to.deep.equal(
              referenceCommitment('content', given, said),
            )
            expect(bindingCommitment(nodeBackend, given, said)).to.deep.equal(
              referenceCommitment('binding', given, said),
            )
            for (const purpose of purposes)
              expect(openingPart(nodeBackend, purpose, given)).to.deep.equal(referencePart(purpose, given))
          }
        }),
        pinned,
      )
    })

    it('keep nothing of what they hashed', () => {
      const [part, said] = [new Uint8Array(64).fill(0x5a), Uint8Array.of(1)]
      const inputs: Uint8Array[] = []
      const sha256 = (data: Uint8Array) => {
        inputs.push(data)
        return nodeBackend.sha256(data)
      }
      contentCommitment({ sha256 }, part, said)
      const sha512 = (data: Uint8Array) => {
        inputs.push(data)
        return nodeBackend.sha512(data)
      }
      openingPart({ sha512 }, 'anchor', part)
      expect(inputs).to.have.length(3)
      for (const input of inputs) expect(Buffer.from(input).includes(Buffer.alloc(4, 0x5a))).to.equal(false)
    })

    it('are the same by both backends', () => {
      fc.assert(
        fc.property(bytesOf(64), bytesOf(0, 200), (part, said) => {
          for (const commit of [contentCommitment, bindingCommitment])
            expect(commit(nodeBackend, part, said)).to.deep.equal(commit(nobleBackend, part, said))
        }),
        pinned,
      )
    })
  })

  describe('anchorLeaf', () => {
    it('is the double keccak256 of SPEC §6.1, as an independent library computes it', () => {
      fc.assert(
        fc.property(bytesOf(64), bytesOf(132), bytesOf(64), (part, statement, signature) => {
          const entry = keccak256(concatBytes(utf8('herald/v1 leaf'), part, statement, signature))
          const leaf = keccak256(`0x00${entry.slice(2)}`)
          expect(toHex(anchorLeaf(nodeBackend, part, statement, signature))).to.equal(leaf)
        }),
        pinned,
      )
    })

    it('changes with any bit of part, statement and signature', () => {
      const parts = [new Uint8Array(64), new Uint8Array(132), new Uint8Array(64)] as const
      const leaf = toHex(anchorLeaf(nodeBackend, ...parts))
      const seen = new Set([leaf])
      for (const [place, bytes] of parts.entries())
        for (let at = 0; at < bytes.length; at += 7) {
          const changed = parts.map((part) => Uint8Array.from(part)) as [Uint8Array, Uint8Array, Uint8Array]
          changed[place]![at]! ^= 0x80
          seen.add(toHex(anchorLeaf(nodeBackend, ...changed)))
        }
      expect(seen.size).to.equal(1 + 10 + 19 + 10)
    })
  })
})
