/** The fuzzer finds what it is for: faults planted in decoders are found within the 2,000 inputs that every test run has. */
import { expect } from 'chai'
import { concatBytes, fromUtf8, utf8 } from '../../src/core/bytes.ts'
import { allocatedBy } from '../support/allocation.ts'
import { structureTarget } from '../support/fuzz-targets.ts'
import { Dice, FuzzFind, type FuzzTarget, fuzz } from '../support/fuzzer.ts'
import { type Structure, structures } from '../support/structures.ts'

async function findIn(target: FuzzTarget, runs = 2000): Promise<string> {
  try {
    await fuzz(target, { runs, seed: 20261123 })
  } catch (error) {
    if (error instanceof FuzzFind) return error.message
    throw error
  }
  return 'nothing found'
}

/** A structure whose decoder is made worse. */
function sabotaged(name: string, worsen: (decode: Structure['decode'], bytes: Uint8Array) => unknown): FuzzTarget {
  const structure = structures.find((candidate) => candidate.name === name) as Structure
  return structureTarget({ ...structure, decode: (bytes) => worsen(structure.decode, bytes) })
}

/** The input without the first place where these bytes stand. */
function without(input: Uint8Array, ...bytes: number[]): Uint8Array {
  const at = Buffer.from(input).indexOf(Uint8Array.from(bytes))
  return at < 0 ? input : concatBytes(input.subarray(0, at), input.subarray(at + bytes.length))
}

describe('tooling/fuzzer', () => {
  describe('fuzz', () => {
    it('finds bytes after the end that are taken', async () => {
      const target = sabotaged('statement', (decode, bytes) => decode(bytes.subarray(0, 132)))
      expect(await findIn(target)).to.match(/^statement: takes two encodings of one value\ninput: [0-9a-f]+$/)
    })

    it('finds a raw error', async () => {
      const target = sabotaged('card', (decode, bytes) => {
        if ((bytes[4] ?? 0) > 200) throw new RangeError('out of range')
        return decode(bytes)
      })
      expect(await findIn(target)).to.include('card: lets a raw error out')
    })

    it('finds a byte order mark that is dropped', async () => {
      const target = sabotaged('relay frame', (decode, bytes) => decode(without(bytes, 0xef, 0xbb, 0xbf)))
      expect(await findIn(target)).to.include('takes two encodings of one value')
    })

    it('finds padding that is not looked at', async () => {
      const target = sabotaged('inner message', (decode, bytes) => {
        const lengthAt = 140 + (bytes[139] ?? 0)
        if (bytes.length < lengthAt + 4) return decode(bytes)
        const bodyLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(lengthAt)
        return decode(bytes.slice().fill(0, lengthAt + 4 + bodyLength + 128))
      })
      expect(await findIn(target)).to.include('takes two encodings of one value')
    })

    it('finds another spelling of a value in JSON', async () => {
      const target = sabotaged('proof file', (decode, bytes) => {
        try {
          return decode(utf8(JSON.stringify(JSON.parse(fromUtf8(bytes)))))
        } catch {
          return decode(bytes)
        }
      })
      expect(await findIn(target)).to.include('proof file: takes two spellings')
    })

    it('gets behind one check after the other, since it goes on from what was new', async () => {
      const wanted = Uint8Array.of(1, 2, 3, 4, 3, 2)
      const target: FuzzTarget = {
        name: 'lock',
        corpus: [new Uint8Array(wanted.length)],
        words: [],
        run(input) {
          const open = wanted.findIndex((byte, at) => input[at] !== byte)
          if (open < 0) throw new Error('opened')
          return `${open} digits`
        },
      }
      expect(await findIn(target, 50_000)).to.match(/^lock: opened\ninput: 010203040302/)
    })

    it('does the same again from the same seed, and something else from another', async () => {
      const seen = async (seed: number) => {
        const inputs: string[] = []
        const run = (input: Uint8Array) => `${inputs.push(Buffer.from(input).toString('hex'))}`
        await fuzz({ name: 'any', corpus: [utf8('some bytes')], words: [], run }, { runs: 200, seed })
        return inputs
      }
      expect(await seen(1)).to.deep.equal(await seen(1))
      expect(await seen(1)).to.not.deep.equal(await seen(2))
    })
  })

  describe('Dice', () => {
    it('falls on every side about as often', () => {
      const dice = new Dice(7)
      const sides = new Array<number>(6).fill(0)
      for (let i = 0; i < 60_000; i++) sides[dice.below(6)]! += 1
      for (const times of sides) expect(times).to.be.within(9_500, 10_500)
    })
  })

  describe('allocatedBy', () => {
    it('tells what is asked for, also when the call fails, and nothing else', () => {
      expect(allocatedBy(() => new Uint8Array(2 ** 20))).to.equal(2 ** 20)
      expect(allocatedBy(() => Uint8Array.of(1, 2).subarray(1))).to.be.at.most(2)
      let asked = 0
      expect(() => {
        asked = allocatedBy(() => {
          throw new Error('no')
        })
      }).to.throw('no')
      expect([asked, new Uint8Array(1) instanceof Uint8Array]).to.deep.equal([0, true])
    })

    it('would notice a decoder that believes a stated length', () => {
      const stated = Uint8Array.of(0x7f, 0xff, 0xff, 0xff)
      const asked = allocatedBy(() => {
        try {
          new Uint8Array(new DataView(stated.buffer).getUint32(0)).set(stated)
        } catch {
          // Whether the machine has two GiB is not the question.
        }
      })
      expect(asked).to.equal(0x7fff_ffff)
    })
  })
})
