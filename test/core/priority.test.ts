import { expect } from 'chai'
import { type Priority, priorities, priorityByte } from '../../src/core/priority.ts'
import { refusal } from '../support/refusal.ts'

describe('core/priority', () => {
  describe('priorityByte', () => {
    it('counts the classes from low to urgent', () => {
      expect(priorities.map(priorityByte)).to.deep.equal([0, 1, 2, 3])
      expect(priorities).to.deep.equal(['low', 'normal', 'high', 'urgent'])
    })

    it('refuses a class that is none', () => {
      for (const word of ['', 'HIGH', 'now', '0']) {
        const error = refusal(() => priorityByte(word as Priority))
        expect(error.facts).to.deep.equal({ argument: 'priority', expected: 'low, normal, high, urgent' })
      }
    })
  })
})
