import { expect } from 'chai'
import { HeraldError } from '../../src/core/errors.ts'
import * as errors from '../../src/wire/errors.ts'

const facts = {
  structure: 'card',
  needed: 3,
  available: 2,
  trailing: 1,
  length: 9,
  limit: 8,
  version: 2,
  supported: 1,
  suite: 7,
  field: 'kind',
  expected: '1 to 3',
}

describe('wire/errors', () => {
  for (const [name, Thrown] of Object.entries(errors))
    it(`${name} has a name and code of its own, is final, and says which structure`, () => {
      const error: HeraldError = new Thrown(facts)
      expect(error).to.be.instanceOf(HeraldError)
      expect(error.name).to.equal(`Wire.${name}`)
      const snake = name
        .replace(/Error$/, '')
        .replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`)
        .toLowerCase()
      expect(error.code).to.equal(`wire.${snake}`)
      expect(error.retry).to.equal('never')
      expect(error.message).to.match(/^card/)
    })
})
