/** The gas figures that are kept: limits and stale entries are noticed, and the pages show what the file says. */

import { expect } from 'chai'
import {
  type Build,
  type Figures,
  findExceeded,
  findStale,
  type GasResults,
  operations,
  type Row,
} from '../../bench/gas/figures.ts'
import { fillRegions } from '../../scripts/tools/page-regions.ts'
import { printComparison, printLimits } from '../../scripts/tools/print-gas.ts'

const settings = { optimizer: { enabled: true, runs: 1 }, viaIR: true, evmVersion: 'cancun' }
const row: Row = { operation: operations.firstKey, system: 'herald', gasUsed: 100, atMost: 100, note: 'publish' }
const build: Build = {
  system: 'herald',
  contract: 'AgentRegistry',
  compiler: '0.8.37',
  settings,
  runtimeBytes: 12_000,
  atMost: 12_000,
}
const figures: Figures = { builds: [build], rows: [row] }

describe('bench/gas/figures', () => {
  describe('findExceeded', () => {
    it('passes what is at its limit, and what has none', () => {
      const { atMost, ...unlimited } = row
      expect(findExceeded({ builds: [build], rows: [row, { ...unlimited, gasUsed: 1e9 }] })).to.deep.equal([])
    })

    it('names each row and contract above its limit', () => {
      const exceeded = findExceeded({
        builds: [{ ...build, runtimeBytes: 12_001 }],
        rows: [row, { ...row, gasUsed: 101 }],
      })
      expect(exceeded).to.deep.equal([
        'herald, first key of 64 bytes: 101 is more than 100',
        'herald, bytes of AgentRegistry: 12,001 is more than 12,000',
      ])
    })
  })

  describe('findStale', () => {
    it('finds nothing where one system is the same, and others are not measured', () => {
      const kept = { builds: [build], rows: [row, { ...row, system: 'eas-contracts' as const }] }
      expect(findStale(kept, figures, 'herald')).to.deep.equal([])
    })

    for (const [what, kept] of [
      ['another figure', { ...figures, rows: [{ ...row, gasUsed: 99 }] }],
      ['another limit', { ...figures, rows: [{ ...row, atMost: 101 }] }],
      ['a row less', { ...figures, rows: [] }],
      ['a row more', { ...figures, rows: [row, { ...row, operation: operations.control }] }],
      ['another size', { ...figures, builds: [{ ...build, runtimeBytes: 11_999 }] }],
      ['another setting', { ...figures, builds: [{ ...build, settings: { ...settings, viaIR: false } }] }],
    ] as const)
      it(`finds ${what}`, () => {
        expect(findStale(kept, figures, 'herald')).to.have.lengthOf(1)
      })
  })
})

describe('scripts/tools/print-gas', () => {
  const results: GasResults = {
    command: '',
    environment: {},
    builds: [
      build,
      { ...build, contract: 'MessageAnchor', runtimeBytes: 345 },
      { ...build, system: 'eas-contracts', contract: 'EAS', runtimeBytes: 20_000 },
      { ...build, system: 'eas-contracts, as shipped', contract: 'EAS', runtimeBytes: 12_344 },
    ],
    rows: [
      { ...row, gasUsed: 75_965, atMost: 80_000 },
      { ...row, system: 'ethr-did-registry', gasUsed: 51_738 },
      { ...row, system: 'eas-contracts', gasUsed: 223_826 },
      { ...row, system: 'eas-contracts, as shipped', gasUsed: 223_052 },
    ],
  }
  const lineOf = (table: string, begin: string) => table.split('\n').find((line) => line.startsWith(`| ${begin}`))

  it('shows the cheaper build of each peer, the cheapest system in bold', () => {
    const line = lineOf(printComparison(results), operations.firstKey)
    expect(line).to.equal('| first key of 64 bytes | 75,965 | **51,738** | 223,052 |')
  })

  it('shows a dash for what a system cannot do', () => {
    expect(lineOf(printComparison(results), operations.storedRoot)).to.equal('| root in storage | – | – | – |')
  })

  it('adds up the code of the contracts of a build', () => {
    const line = lineOf(printComparison(results), '(bytes')
    expect(line).to.equal('| (bytes of runtime code) | 12,345 | – | **12,344** |')
  })

  it('shows each limit with what is measured', () => {
    const limits = printLimits({ ...results, builds: [build], rows: results.rows.slice(0, 1) })
    expect(limits.split('\n').slice(2)).to.deep.equal([
      '| first key of 64 bytes | publish | 80,000 | 75,965 |',
      '| (bytes of runtime code) | AgentRegistry | 12,000 | 12,000 |',
    ])
  })
})

describe('scripts/tools/page-regions', () => {
  const page = (text: string) => ({ path: 'page.md', text })

  it('replaces what stands between the marks, and nothing else', () => {
    const text = 'a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n'
    const filled = 'a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n'
    expect(fillRegions(page(text), { x: () => 'new' })).to.equal(filled)
    expect(fillRegions(page(filled), { x: () => 'new' })).to.equal(filled)
  })

  for (const text of ['', '<!-- begin x -->', '<!-- end x --><!-- begin x -->'])
    it(`complains about ${text === '' ? 'a page without marks' : text}`, () => {
      expect(() => fillRegions(page(text), { x: () => '' })).to.throw('page.md lacks the marks <!-- begin x -->')
    })
})
