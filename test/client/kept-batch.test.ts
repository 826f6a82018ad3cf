import { expect } from 'chai'
import fc from 'fast-check'
import { decodeKeptBatch, encodeKeptBatch, type KeptBatch } from '../../src/client/kept-batch.ts'
import { maxBatchLeaves } from '../../src/core/limits.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { keptBatch as batch } from '../support/values.ts'

const [one] = fc.sample(batch, { numRuns: 1 }) as [KeptBatch]
const limit = 77 + 32 * maxBatchLeaves

describe('client/kept-batch', () => {
  behavesLikeStrictCodec({ value: batch, encode: encodeKeptBatch, decode: decodeKeptBatch, limit })

  it('refuses a stated number of leaves that is none, over the limit, or beyond the end, without allocating it', () => {
    const bytes = encodeKeptBatch(one)
    const stating = (...size: number[]) => {
      const changed = Uint8Array.from(bytes)
      changed.set(size, 73)
      return refusal(() => decodeKeptBatch(changed))
    }
    expect(stating(0, 0, 0, 0).facts).to.include({ field: 'size' })
    expect(stating(0xff, 0xff, 0xff, 0xff).code).to.equal('wire.too_large')
    expect(stating(0, 0x10, 0, 0).code).to.equal('wire.truncated')
  })

  it('refuses to write leaves of another length', () => {
    expect(refusal(() => encodeKeptBatch({ ...one, leaves: [new Uint8Array(31)] })).code).to.equal(
      'wire.malformed_field',
    )
  })

  it('fits a store’s row for the largest batch', async () => {
    const leaf = new Uint8Array(32).fill(7)
    const bytes = encodeKeptBatch({ ...one, leaves: new Array<Uint8Array>(maxBatchLeaves).fill(leaf) })
    expect(bytes.length).to.equal(limit)
    await memoryStore().put('batches', 'batch/all', bytes)
    expect(decodeKeptBatch(bytes).leaves).to.have.length(maxBatchLeaves)
  })
})
