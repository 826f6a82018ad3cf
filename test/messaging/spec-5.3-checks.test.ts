/** The checks of SPEC §5.3, each alone and in their order. */
import { expect } from 'chai'
import { createForge, type Fault, faults } from '../support/forgery.ts'
import { rejectionCode } from '../support/refusal.ts'

const names = Object.keys(faults) as Fault[]
/** A card that was never published has no record in which it could be revoked. */
const impossible = [['unpublished', 'revoked']]
const pairs = names.flatMap((first, place) => names.slice(place + 1).map((second) => [first, second] as const))

describe('messaging: the checks of SPEC §5.3', () => {
  const { receive } = createForge()

  it('take an envelope in which nothing is wrong', async () => {
    expect((await receive([])).repeated).to.equal(false)
  })

  for (const name of names)
    it(`refuse an envelope in which ${name} alone is wrong: ${faults[name]}`, async () => {
      expect(await rejectionCode(receive([name]))).to.equal(faults[name])
    })

  it('refuse an envelope that is wrong in two ways for what is looked at first, for every pair', async () => {
    const possible = pairs.filter((pair) => !impossible.some((other) => pair.join() === other.join()))
    expect(possible).to.have.length(104)
    for (const [first, second] of possible)
      expect(await rejectionCode(receive([second, first])), `${first} and ${second}`).to.equal(faults[first])
  })

  it('refuse an envelope that is wrong in every way from some check on for that check', async () => {
    for (const [place, name] of names.entries()) {
      const wrong = names.slice(place).filter((fault) => fault !== 'revoked' || name === 'revoked')
      expect(await rejectionCode(receive(wrong)), name).to.equal(faults[name])
    }
  })
})
