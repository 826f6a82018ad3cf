/**
 * The crypto backends held against each other on 100,000 random operations (`HERALD_FUZZ_RUNS` says another number,
 * `HERALD_FUZZ_SEED` another start). A find names its seed and place, and becomes a test of its own.
 */
import { expect } from 'chai'
import { compareBackends, shareOut } from '../support/backend-differential.ts'
import { cryptoBackends, repeatableBackend } from '../support/crypto-backends.ts'

const operations = Number(process.env['HERALD_FUZZ_RUNS'] ?? 100_000)
const seed = Number(process.env['HERALD_FUZZ_SEED'] ?? 20261123)

describe(`fuzz: ${operations.toLocaleString('en')} operations of the crypto backends, seed ${seed}`, () => {
  it(`answers alike on ${cryptoBackends.map(({ name }) => name).join(', ')}`, () => {
    const counts = compareBackends(
      cryptoBackends.map(({ backend }) => backend),
      { operations, seed, maker: repeatableBackend },
    )
    for (const [name, count] of counts) console.log(`        ${name}: ${count.toLocaleString('en')} alike`)
    expect(Object.fromEntries(counts)).to.deep.equal(
      Object.fromEntries([...shareOut(operations)].filter(([, count]) => count > 0)),
    )
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).to.equal(operations)
  })
})
