import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { contractOf, mutate } from '../../scripts/tools/mutant-compiler.ts'
import { mutants } from '../../scripts/tools/mutants.ts'
import { root } from '../../scripts/tools/process.ts'

function inputOf(file: string, content: string) {
  return { language: 'Solidity', sources: { [`project/contracts/${file}`]: { content } }, settings: {} }
}

const mutant = { name: 'off by one', file: 'A.sol', from: 'a >= b', to: 'a > $&' }

describe('scripts/tools/mutants', () => {
  it('has a name for each, and no name twice', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).to.equal(mutants.length)
  })

  it('fits the contracts as they are', () => {
    for (const each of mutants) {
      const source = readFileSync(join(root, 'contracts', each.file), 'utf8')
      expect(() => mutate(inputOf(each.file, source), each)).to.not.throw()
    }
  })

  it('breaks every contract and library that has code', () => {
    const broken = new Set(mutants.map(({ file }) => file))
    const names = ['BoundedCall', 'Rfc9162', 'Signatures', 'TypedData'].map((name) => `libraries/${name}.sol`)
    expect([...broken].sort()).to.deep.equal(['AgentControl.sol', 'AgentRegistry.sol', 'MessageAnchor.sol', ...names])
  })
})

describe('scripts/tools/mutant-compiler', () => {
  describe('mutate', () => {
    it('puts the mistake, letter by letter, where the text stands', () => {
      const input = inputOf('A.sol', 'require(a >= b);')
      expect(mutate(input, mutant).sources).to.deep.equal(inputOf('A.sol', 'require(a > $&);').sources)
      expect(input.sources).to.deep.equal(inputOf('A.sol', 'require(a >= b);').sources)
    })

    for (const [times, content] of [
      [0, 'require(a > b);'],
      [2, 'require(a >= b || a >= b);'],
    ] as const)
      it(`refuses a text that stands ${times} times`, () => {
        expect(() => mutate(inputOf('A.sol', content), mutant)).to.throw(
          `mutant "off by one": its text stands ${times} times in contracts/A.sol, not once`,
        )
      })
  })

  describe('contractOf', () => {
    it('is the contract that a source is part of', () => {
      expect(contractOf({ file: 'libraries/Rfc9162.sol' })).to.equal('MessageAnchor')
      expect(contractOf({ file: 'MessageAnchor.sol' })).to.equal('MessageAnchor')
      expect(contractOf({ file: 'libraries/BoundedCall.sol' })).to.equal('AgentRegistry')
      expect(contractOf({ file: 'AgentControl.sol' })).to.equal('AgentRegistry')
    })
  })
})
