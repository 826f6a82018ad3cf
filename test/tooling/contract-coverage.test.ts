import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { judgeFile, measureCoverage, readLcov } from '../../scripts/tools/contract-coverage.ts'
import { root } from '../../scripts/tools/process.ts'

const contract = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Small {
    uint256 public last;

    function f(uint256 a, uint256 b) external {
        require(a != 0, "zero");
        last = a > 5 && b > 5 ? a : b;
        if (a == 13) {
            last = 0;
        }
    }
}
`

const config = `import { createRequire } from 'node:module'
import hardhatEthers from '@nomicfoundation/hardhat-ethers'
import hardhatMocha from '@nomicfoundation/hardhat-mocha'
export default {
  plugins: [hardhatMocha, hardhatEthers],
  solidity: { version: '0.8.37', path: createRequire(import.meta.url).resolve('solc/soljson.js') },
  paths: { tests: { mocha: 'test' } },
}
`

/** Calls the contract with these arguments. */
function testOf(calls: string): string {
  return `import { network } from 'hardhat'
const { ethers } = await network.create()
it('calls', async () => {
  const small = await ethers.deployContract('Small')
  ${calls}
})
`
}

/** Proofs that both sides of each branch are taken, one by one. */
const calls = {
  bothLarge: 'await small.f(9, 9)',
  firstSmall: 'await small.f(1, 9)',
  secondSmall: 'await small.f(9, 1)',
  thirteen: 'await small.f(13, 1)',
  zero: "await small.f(0, 9).then(() => { throw new Error('taken') }, () => undefined)",
}

describe('scripts/tools/contract-coverage', () => {
  describe('readLcov', () => {
    it('tells for each file which lines ran', () => {
      const report = 'TN:\nSF:a.sol\nDA:4,1\nDA:5,0\nLH:1\nLF:2\nend_of_record\nSF:b/c.sol\nDA:10,3\nend_of_record\n'
      expect(readLcov(report)).to.deep.equal(
        new Map([
          [
            'a.sol',
            new Map([
              [4, true],
              [5, false],
            ]),
          ],
          ['b/c.sol', new Map([[10, true]])],
        ]),
      )
    })
  })

  describe('judgeFile', () => {
    const sides = [
      { line: 3, runs: 12, condition: 'a > b', value: true },
      { line: 3, runs: 14, condition: 'a > b', value: false },
    ]

    it('names each line that never ran and each side that was never taken, by the line of the source', () => {
      const ran = new Map([
        [3, true],
        [4, false],
        [11, true],
        [12, true],
        [14, false],
      ])
      expect(judgeFile('a.sol', 9, { sides, hasCode: true }, ran)).to.deep.equal({
        path: 'a.sol',
        lines: { passed: 1, failed: 1 },
        sides: { passed: 1, failed: 1 },
        missed: ['a.sol:4 never runs', 'a.sol:3 `a > b` is never false'],
      })
    })

    it('counts a file with code that the report leaves out as missed, and one without code as nothing', () => {
      expect(judgeFile('a.sol', 9, { sides, hasCode: true }).missed).to.deep.equal([
        'a.sol:1 is not in the report',
        'a.sol:3 `a > b` is never true',
        'a.sol:3 `a > b` is never false',
      ])
      expect(judgeFile('a.sol', 9, { sides: [], hasCode: false }).missed).to.deep.equal([])
    })
  })

  describe('measureCoverage', () => {
    let project = ''

    beforeEach(() => {
      project = mkdtempSync(join(tmpdir(), 'herald-small-'))
      symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
    })

    afterEach(() => rmSync(project, { recursive: true }))

    async function missedWith(chosen: readonly string[]): Promise<readonly string[]> {
      const files = {
        'package.json': '{ "type": "module" }',
        'hardhat.config.ts': config,
        'contracts/Small.sol': contract,
        'test/small.test.ts': testOf(chosen.join('\n  ')),
      }
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, path)), { recursive: true })
        writeFileSync(join(project, path), text)
      }
      return (await measureCoverage(project)).flatMap(({ missed }) => missed)
    }

    it('finds nothing missing where both sides of every branch are taken', async () => {
      expect(await missedWith(Object.values(calls))).to.deep.equal([])
    })

    it('names what is missing where they are not', async () => {
      expect(await missedWith([calls.bothLarge, calls.firstSmall])).to.deep.equal([
        'contracts/Small.sol:11 never runs',
        'contracts/Small.sol:8 `a != 0` is never false',
        'contracts/Small.sol:9 `b > 5` is never false',
        'contracts/Small.sol:10 `a == 13` is never true',
      ])
    })

    it('refuses to measure by tests that fail', async () => {
      const error = await missedWith(['await small.f(0, 9)']).catch((caught: unknown) => caught)
      expect(String(error)).to.match(/^Error: the tests fail:.*zero/s)
    })
  })
})
