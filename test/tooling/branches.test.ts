import { expect } from 'chai'
import { splitBranches } from '../../scripts/tools/branches.ts'
import { compile } from '../../scripts/tools/solc.ts'

/** A contract whose function has these statements; the first of them stands on line 4. */
function contractWith(statements: string): string {
  return `pragma solidity 0.8.37;
contract Small {
    function f(uint256 a, bool b) external returns (uint256) {
        ${statements}
    }
    function g() external {}
}
`
}

/** Line and text of each condition that is found. */
function conditionsOf(source: string): string[] {
  const { sides } = splitBranches(source)
  return sides.filter(({ value }) => value).map(({ line, condition }) => `${line} ${condition}`)
}

function assertCompiles(source: string): void {
  const settings = { outputSelection: { '*': { '*': ['abi'] } } }
  compile({ language: 'Solidity', sources: { 'Small.sol': { content: source } }, settings })
}

describe('scripts/tools/branches', () => {
  describe('splitBranches', () => {
    const decisions = [
      ['if', 'if (a > 1) return 1; return 2;', ['4 a > 1']],
      ['if with else', 'if (b) return 1; else return 2;', ['4 b']],
      ['?:', 'return a > 1 ? 1 : 2;', ['4 a > 1']],
      ['while', 'while (a > 1) a--; return a;', ['4 a > 1']],
      ['do while', 'do { a--; } while (a > 1); return a;', ['4 a > 1']],
      ['for', 'for (uint256 i = 0; i < a; ++i) a--; return a;', ['4 i < a']],
      ['for without a condition', 'for (;;) { return a; }', []],
      ['require', 'require(a > 1, "small"); return a;', ['4 a > 1']],
      ['assert', 'assert(a > 1); return a;', ['4 a > 1']],
      ['&&, each operand for itself', 'if (a > 1 && b) return 1; return 2;', ['4 a > 1', '4 b']],
      ['|| outside of a decision', 'b = a > 1 || a == 0; return a;', ['4 a > 1', '4 a == 0']],
      [
        'operands in brackets and behind !',
        'if (!(b || (a > 1 && a < 9))) return 1; return 2;',
        ['4 b', '4 a > 1', '4 a < 9'],
      ],
      ['a condition within a condition', 'if (a > (b ? 1 : 2)) return 1; return 2;', ['4 a > (b ? 1 : 2)', '4 b']],
      ['no literal', 'while (true) { return a; }', []],
      ['no comparison that decides nothing', 'b = a > 1; return a;', []],
    ] as const

    for (const [what, statements, conditions] of decisions)
      it(`finds the conditions of ${what}`, () => {
        const source = contractWith(statements)
        expect(conditionsOf(source)).to.deep.equal(conditions)
        assertCompiles(splitBranches(source).source)
      })

    it('gives each side a line of its own, behind the source', () => {
      const source = contractWith('if (a > 1 && b) return 1;\n        return b ? 1 : 2;')
      const { sides, source: split } = splitBranches(source)
      const lines = split.split('\n')
      expect(sides.map(({ line, value }) => [line, value])).to.deep.equal(
        [4, 4, 5].flatMap((line) => [
          [line, true],
          [line, false],
        ]),
      )
      expect(sides.map(({ runs }) => lines[runs - 1]?.trim())).to.deep.equal(
        sides.map(({ value }) => `return ${value};`),
      )
      expect(new Set(sides.map(({ runs }) => runs)).size).to.equal(6)
      expect(Math.min(...sides.map(({ runs }) => runs))).to.be.greaterThan(source.trimEnd().split('\n').length)
    })

    it('moves no line of the source, and changes nothing but the conditions', () => {
      const source = contractWith('// „Größe“ ≠ size\n        if (a > 1) return 1;\n        return 2;')
      const { source: split } = splitBranches(source)
      expect(split.startsWith(source.replace('a > 1', '_branch0(a > 1)'))).to.equal(true)
    })

    it('leaves a source without conditions as it is, and says whether it has code', () => {
      const source = contractWith('return a;')
      expect(splitBranches(source)).to.deep.equal({ source, sides: [], hasCode: true })
      const bare = 'interface Bare {\n    function f() external;\n}\n'
      expect(splitBranches(bare)).to.deep.equal({ source: bare, sides: [], hasCode: false })
    })

    it('needs no source that is imported', () => {
      const source = `import {X} from "./X.sol";\n${contractWith('return X.g(b ? 1 : 2);')}`
      expect(conditionsOf(source)).to.deep.equal(['5 b'])
    })

    for (const [what, statements] of [
      ['an if in assembly', 'assembly { if a { a := 1 } } return a;'],
      ['a loop in assembly', 'assembly { for {} a {} { a := 0 } } return a;'],
      ['a switch in assembly', 'assembly { switch a case 0 { a := 1 } } return a;'],
      ['an empty clause of try', 'try this.g() { a++; } catch {} return a;'],
    ] as const)
      it(`refuses ${what}, which it could not count`, () => {
        expect(() => splitBranches(contractWith(statements))).to.throw(/^line 4: a .* cannot be counted$/)
      })

    it('refuses what does not parse, in the words of the compiler', () => {
      expect(() => splitBranches(contractWith('if (a >) return 1;'))).to.throw(/ParserError/)
    })
  })
})
