import { expect } from 'chai'
import { SendBudget } from '../../src/relay/send-budget.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('relay/send-budget', () => {
  describe('reserve', () => {
    it('lets through what fits, and the rest in line as room is given back', async () => {
      const budget = new SendBudget(10)
      const order: number[] = []
      const ask = (n: number, bytes: number) => budget.reserve(bytes).then(() => order.push(n))
      for (const [n, bytes] of [
        [1, 6],
        [2, 4],
        [3, 8],
        [4, 1],
      ] as const)
        void ask(n, bytes)
      await turn()
      // The fourth would fit no better than the third, which came before.
      expect([order, budget.used, budget.isExhausted]).to.deep.equal([[1, 2], 10, true])
      budget.give(6)
      await turn()
      expect(order).to.deep.equal([1, 2])
      budget.give(4)
      await turn()
      expect([order, budget.used, budget.isExhausted]).to.deep.equal([[1, 2, 3, 4], 9, false])
    })

    it('lets a reservation above the whole budget through when it is alone', async () => {
      const budget = new SendBudget(10)
      await budget.reserve(3)
      let passed = false
      void budget.reserve(50).then(() => {
        passed = true
      })
      await turn()
      expect(passed).to.equal(false)
      budget.give(3)
      await turn()
      expect(passed).to.equal(true)
    })

    it('lets through what was taken beside it only when that is given back', async () => {
      const budget = new SendBudget(10)
      budget.take(9)
      let passed = false
      void budget.reserve(2).then(() => {
        passed = true
      })
      await turn()
      expect(passed).to.equal(false)
      budget.give(1)
      await turn()
      expect(passed).to.equal(true)
    })
  })
})
