import { expect } from 'chai'
import { AbiCoder, keccak256 } from 'ethers'
import fc from 'fast-check'
import { asAddress, asCardId } from '../../src/core/ids.ts'
import { revocationReasons } from '../../src/identity/card-directory.ts'
import { agentRegistryStorage } from '../../src/registry/abi/agent-registry-storage.ts'
import { currentSlot, decodeCurrent, decodeRecord, recordSlot } from '../../src/registry/registry-storage.ts'

const agent = asAddress(`0x${'a1'.repeat(20)}`)
const cardId = asCardId(`0x${'c2'.repeat(32)}`)

/** SPEC §7.1: the fields from the low end, with their sizes in bits. */
const packing = [
  ['validFrom', 40],
  ['validUntil', 40],
  ['revokedAt', 40],
  ['compromisedSince', 40],
  ['epoch', 32],
  ['suite', 16],
  ['reason', 8],
  ['hint', 32],
] as const

type Fields = Record<(typeof packing)[number][0], number>

function pack(fields: Fields): bigint {
  let word = 0n
  let place = 0n
  for (const [name, bits] of packing) {
    word |= BigInt(fields[name]) << place
    place += BigInt(bits)
  }
  return word
}

const anyFields: fc.Arbitrary<Fields> = fc.record(
  Object.fromEntries(packing.map(([name, bits]) => [name, fc.maxSafeNat().map((value) => value % 2 ** bits)])) as {
    [Name in keyof Fields]: fc.Arbitrary<number>
  },
)

describe('registry/registry-storage', () => {
  it('computes slots as Solidity does, by another encoder', () => {
    const coder = AbiCoder.defaultAbiCoder()
    const hash = (types: string[], values: unknown[]) => keccak256(coder.encode(types, values))
    const { current, records } = agentRegistryStorage
    expect(currentSlot(agent)).to.equal(hash(['address', 'uint256'], [agent, current]))
    const ofAgent = hash(['address', 'uint256'], [agent, records])
    expect(recordSlot(agent, cardId)).to.equal(hash(['bytes32', 'bytes32'], [cardId, ofAgent]))
  })

  it('keeps the slots that SPEC §7.5 names', () => {
    expect([agentRegistryStorage.current, agentRegistryStorage.records]).to.deep.equal([1, 2])
    let place = 0
    for (const [name, bits] of packing) {
      expect(agentRegistryStorage.record[name], name).to.deep.equal({ offset: place / 8, bytes: bits / 8 })
      place += bits
    }
  })

  it('decodes every record that SPEC §7.1 packs', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const expected =
          fields.validFrom === 0 ? undefined : { ...fields, reason: revocationReasons[fields.reason] ?? 'unspecified' }
        expect(decodeRecord(pack(fields))).to.deep.equal(expected)
      }),
    )
  })

  it('takes zero for no card and no record', () => {
    expect(decodeRecord(0n)).to.equal(undefined)
    expect(decodeCurrent(0n)).to.equal(undefined)
    expect(decodeCurrent(7n)).to.equal(`0x${'0'.repeat(63)}7`)
  })
})
