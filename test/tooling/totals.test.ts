/** The totals of a test run are read from what the runners really print: test/fixtures/runner-output holds recordings. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { addTotals, closingLine, firstFailure, judge, readTotals } from '../../scripts/tools/totals.ts'

function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'fixtures', 'runner-output', `${name}.txt`), 'utf8')
}

describe('scripts/tools/totals', () => {
  describe('readTotals', () => {
    it("takes Hardhat's sum over both kinds of test, not the part that mocha prints before it", () => {
      expect(readTotals(recorded('hardhat-passing'))).to.deep.equal({ passed: 12, failed: 0 })
    })

    it('counts failures of both kinds', () => {
      expect(readTotals(recorded('hardhat-failing'))).to.deep.equal({ passed: 14, failed: 2 })
    })

    for (const name of ['hardhat-half', 'hardhat-not-compiling', 'mocha-not-loading'])
      it(`finds none in ${name}`, () => {
        expect(readTotals(recorded(name))).to.equal(undefined)
      })

    it('counts pending tests neither way', () => {
      expect(readTotals(recorded('mocha-passing'))).to.deep.equal({ passed: 2, failed: 0 })
      expect(readTotals(recorded('mocha-failing'))).to.deep.equal({ passed: 1, failed: 1 })
    })

    it('sees through colour', () => {
      expect(readTotals(recorded('mocha-coloured'))).to.deep.equal({ passed: 1, failed: 1 })
    })

    it('takes a run without a single test for one without totals', () => {
      expect(readTotals('\n  0 passing (1ms)\n')).to.equal(undefined)
    })
  })

  describe('firstFailure', () => {
    it('gives the suites and the sentence of a mocha test', () => {
      expect(firstFailure(recorded('mocha-failing'))).to.equal('bad › fails')
    })

    it('gives contract and name of a Solidity test', () => {
      const output =
        '1 passing\n1 failing\n\n  1) BadTest#test_fails()\n    Error: arithmetic\n      at BadTest.<unknown>:\n'
      expect(firstFailure(output)).to.equal('BadTest#test_fails()')
    })

    it('takes the list behind the totals, not the mark in the middle', () => {
      const output =
        '  bad\n    1) second:\n\n  1 failing\n\n  1) bad\n       deeper\n         second:\n     Error: x\n'
      expect(firstFailure(output)).to.equal('bad › deeper › second')
    })

    for (const name of ['mocha-passing', 'hardhat-passing', 'mocha-not-loading'])
      it(`finds none in ${name}`, () => {
        expect(firstFailure(recorded(name))).to.equal(undefined)
      })
  })

  describe('judge', () => {
    it('counts missing totals as a failure', () => {
      expect(judge(undefined, 0)).to.deep.equal({ passed: 0, failed: 1 })
    })

    it('counts a bad exit code as a failure when the totals show none', () => {
      expect(judge({ passed: 5, failed: 0 }, 1)).to.deep.equal({ passed: 5, failed: 1 })
      expect(judge({ passed: 5, failed: 3 }, 3)).to.deep.equal({ passed: 5, failed: 3 })
      expect(judge({ passed: 5, failed: 0 }, 0)).to.deep.equal({ passed: 5, failed: 0 })
    })
  })

  describe('closingLine', () => {
    it('is the line that .ci/run looks for', () => {
      expect(
        closingLine(
          addTotals([
            { passed: 5, failed: 0 },
            { passed: 7, failed: 2 },
          ]),
        ),
      ).to.equal('12 passed, 2 failed')
    })
  })
})
