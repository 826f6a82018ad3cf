/**
 * Every decoder under 100,000 damaged inputs (`HERALD_FUZZ_RUNS` says another number, `HERALD_FUZZ_SEED` another start).
 * Of a find: the input is in the message, and it becomes a test of its own.
 */
import { expect } from 'chai'
import { fuzzTargets } from '../support/fuzz-targets.ts'
import { fuzz } from '../support/fuzzer.ts'

const runs = Number(process.env['HERALD_FUZZ_RUNS'] ?? 100_000)
const seed = Number(process.env['HERALD_FUZZ_SEED'] ?? 20261123)

describe(`fuzz: ${runs.toLocaleString('en')} inputs each, seed ${seed}`, () => {
  for (const target of fuzzTargets)
    it(`${target.name} lets typed errors out only, and takes nothing twice`, async function () {
      const { inputs, outcomes } = await fuzz(target, { runs, seed })
      expect(inputs).to.be.at.least(runs)
      // Runnable.title is what the reporter prints: what was seen belongs beside what was asked.
      this.runnable().title += ` (${outcomes.size} outcomes)`
    })
})
