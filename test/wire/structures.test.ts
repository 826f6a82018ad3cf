import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { concatBytes, toHex } from '../../src/core/bytes.ts'
import { HeraldError } from '../../src/core/errors.ts'
import { allocatedBy } from '../support/allocation.ts'
import { fuzzTargets } from '../support/fuzz-targets.ts'
import { fuzz } from '../support/fuzzer.ts'
import { codeOf, refusal } from '../support/refusal.ts'
import { elsewhere, type Structure, structures } from '../support/structures.ts'

const zero = Uint8Array.of(0)
const root = join(import.meta.dirname, '../..')
const spec = readFileSync(join(root, 'docs/SPEC.md'), 'utf8')

/** Exported functions of `src` whose names say that they read or write bytes or text of a structure. */
function codecFunctions(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const exported =
    /^export (?:async )?(?:function|const) ((?:decode|deserialize|parse|encode|serialize|format)[A-Z]\w*)/gm
  return files.flatMap((file) =>
    [...readFileSync(join(root, 'src', file), 'utf8').matchAll(exported)].map(([, name]) => name as string),
  )
}

/** Lengths that a field may state, in every width a length has. */
const hostile = [
  [0xff],
  [0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
].map((bytes) => Uint8Array.from(bytes))

/** What the decoder asks for on hostile lengths at every place, beyond so much for each byte of its input. */
function worstAllocation({ decode, vectors }: Structure): number {
  let worst = 0
  for (const vector of vectors)
    for (let at = 0; at < vector.length; at++)
      for (const length of hostile) {
        const input = concatBytes(vector.subarray(0, at), length, vector.subarray(at + length.length))
        const asked = allocatedBy(() => {
          try {
            decode(input)
          } catch (error) {
            if (!(error instanceof HeraldError)) throw error
          }
        })
        worst = Math.max(worst, asked - 8 * input.length)
      }
  return worst
}

/** Fixed layouts and CBOR. How much text asks for is bounded by its size and nesting: `wire/json-text`. */
const isBinary = ({ encode, normalize, isFree }: Structure): boolean => Boolean(encode) && !normalize && !isFree
/** These end in bytes of any length. */
const openEnded = ['message record', 'outbox entry']

/** What a decoder read, written again; the same bytes where there is nothing that writes. */
function reencoded({ decode, encode }: Structure, bytes: Uint8Array): Uint8Array {
  const value = decode(bytes)
  return encode ? encode(value as never) : bytes
}

function expectOneEnd(structure: Structure, other: Uint8Array): void {
  if (openEnded.includes(structure.name)) expect(toHex(reencoded(structure, other))).to.equal(toHex(other))
  else expect(codeOf(() => structure.decode(other))).to.match(structure.codes)
}

describe('wire/structures: every structure that travels or is stored', () => {
  it('is in the list that is tested and fuzzed: a function that reads or writes one is named there', () => {
    const listed = [...structures.flatMap(({ functions }) => functions), ...Object.keys(elsewhere)]
    expect([...new Set(listed)].toSorted()).to.deep.equal([...new Set(codecFunctions())].toSorted())
  })

  it('has the section of SPEC that it names', () => {
    for (const { name, spec: section } of structures)
      expect(spec, name).to.match(new RegExp(`^##+ ${section}\\.? `, 'm'))
  })

  for (const structure of structures) {
    const { name, vectors, decode, limit } = structure

    describe(name, () => {
      it('has golden vectors that decode, and encode to the same bytes', () => {
        expect(vectors).to.not.be.empty
        for (const vector of vectors) expect(toHex(reencoded(structure, vector))).to.equal(toHex(vector))
      })

      if (isBinary(structure)) {
        it('asks for no more memory than its input is worth, whatever lengths are stated in it', () => {
          expect(worstAllocation(structure)).to.be.at.most(65_536)
        })

        it('has one end: a zero more or a byte less is refused, unless it ends in bytes of any length', () => {
          for (const other of vectors.flatMap((vector) => [concatBytes(vector, zero), vector.subarray(0, -1)]))
            expectOneEnd(structure, other)
        })
      }

      if (limit !== undefined)
        it('is refused above its limit before anything is allocated', () => {
          const input = new Uint8Array(limit + 1)
          const asked = allocatedBy(() => expect(refusal(() => decode(input)).code).to.equal('wire.too_large'))
          expect(asked).to.equal(0)
        })
    })
  }

  describe('2,000 damaged inputs', () => {
    for (const target of fuzzTargets)
      it(`of ${target.name} let typed errors out only, and nothing is taken twice`, async () => {
        const { outcomes } = await fuzz(target, { runs: 2000, seed: 1 })
        expect(outcomes.size).to.be.greaterThan(1)
      })
  })
})
