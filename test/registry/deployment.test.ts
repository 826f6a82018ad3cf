import { expect } from 'chai'
import { asAddress } from '../../src/core/ids.ts'
import { canonicalDeployment, deploymentFor, formatDeployment, parseDeployment } from '../../src/registry/deployment.ts'
import { caught } from './caught.ts'

const registry = asAddress(`0x${'1a'.repeat(20)}`)
const anchor = asAddress(`0x${'2b'.repeat(20)}`)
const transactions = { registry: `0x${'3c'.repeat(32)}`, anchor: `0x${'4d'.repeat(32)}` } as const
const good = { herald: 'deployment', version: 1, chainId: 31337, registry, anchor }

describe('registry/deployment', () => {
  describe('formatDeployment', () => {
    it('writes what parseDeployment reads', () => {
      for (const deployment of [
        { chainId: 1, registry, anchor },
        { chainId: 1, registry, anchor, transactions },
        { chainId: 1, registry, anchor, transactions: { anchor: transactions.anchor } },
      ])
        expect(parseDeployment(formatDeployment(deployment))).to.deep.equal(deployment)
    })

    it('writes the documented fields', () => {
      expect(JSON.parse(formatDeployment({ chainId: 31337, registry, anchor }))).to.deep.equal(good)
    })
  })

  describe('parseDeployment', () => {
    it('takes checksummed addresses', () => {
      const text = JSON.stringify({ ...good, registry: `0x${'1A'.repeat(20)}` })
      expect(parseDeployment(text).registry).to.equal(registry)
    })

    const bad: readonly [string, string, unknown][] = [
      ['text that is no JSON', 'file', 'not json'],
      ['nothing', 'file', ''],
      ['a text of a mebibyte', 'file', ' '.repeat(1_048_576)],
      ['a field twice', 'file', `{"chainId":1,${JSON.stringify(good).slice(1)}`],
      ['an array', 'file', []],
      ['null', 'file', null],
      ['an unknown field', 'file', { ...good, extra: 1 }],
      ['another kind of file', 'herald', { ...good, herald: 'proof' }],
      ['no kind', 'herald', { ...good, herald: undefined }],
      ['a later version', 'version', { ...good, version: 2 }],
      ['a version as text', 'version', { ...good, version: '1' }],
      ['a chain id as text', 'chainId', { ...good, chainId: '1' }],
      ['chain id 0', 'chainId', { ...good, chainId: 0 }],
      ['a chain id that is not whole', 'chainId', { ...good, chainId: 1.5 }],
      ['no registry', 'registry', { ...good, registry: undefined }],
      ['a short registry', 'registry', { ...good, registry: '0x12' }],
      ['an anchor that is no text', 'anchor', { ...good, anchor: 5 }],
      ['transactions as a list', 'transactions', { ...good, transactions: [] }],
      ['a short transaction', 'transactions.anchor', { ...good, transactions: { anchor: '0x12' } }],
      ['an unknown transaction', 'transactions', { ...good, transactions: { ...transactions, other: '0x' } }],
    ]
    for (const [name, field, content] of bad) {
      it(`refuses ${name}, naming the field`, async () => {
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        const error = await caught(() => parseDeployment(text))
        expect(error.code).to.equal('registry.malformed_deployment')
        expect(error.facts).to.have.property('field', field)
      })
    }
  })

  describe('deploymentFor', () => {
    const [first, second] = [
      { chainId: 1, registry, anchor },
      { chainId: 10, registry: anchor, anchor: registry },
    ]

    it('takes the one for the chain', () => {
      expect(deploymentFor(10, [first, second])).to.equal(second)
    })

    it('takes the canonical addresses, the same on every chain, when none are given', () => {
      expect(deploymentFor(10)).to.deep.equal({ ...canonicalDeployment(1), chainId: 10 })
    })

    it('refuses a chain that is not among those given, and says which are', async () => {
      const error = await caught(() => deploymentFor(137, [first, second]))
      expect(error.code).to.equal('registry.no_deployment')
      expect(error.facts).to.deep.equal({ chainId: 137, known: [1, 10] })
    })

    it('refuses what is no list', async () => {
      const error = await caught(() => deploymentFor(1, first as never))
      expect(error.code).to.equal('core.invalid_argument')
    })
  })
})
