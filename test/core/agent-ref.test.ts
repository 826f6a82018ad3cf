import { expect } from 'chai'
import fc from 'fast-check'
import { type AgentRef, formatAccountId, parseAccountId, sameAgent } from '../../src/core/agent-ref.ts'
import { asAddress } from '../../src/core/ids.ts'
import { address } from '../support/arbitraries.ts'
import { codeOf } from '../support/refusal.ts'

const account = `0x${'ab'.repeat(20)}`
const invalid = [
  '',
  account,
  `eip155:${account}`,
  `eip155:0:${account}`, // chain ids start at 1
  `eip155:01:${account}`, // no leading zeros
  `eip155:-1:${account}`,
  `eip155:1e3:${account}`,
  `eip155:9007199254740992:${account}`, // 2^53
  `eip155:99999999999999999:${account}`, // 17 digits
  `EIP155:1:${account}`,
  `cosmos:1:${account}`,
  `eip155:1:${account.slice(0, -1)}`,
  `eip155:1:${account}0`,
  `eip155:1:${'ab'.repeat(20)}`, // no 0x
  `eip155:1:0x${'zz'.repeat(20)}`,
  ` eip155:1:${account}`,
  `eip155:1:${account}\n`,
  `eip155:1:${account}:`,
]

describe('core/agent-ref', () => {
  describe('parseAccountId', () => {
    it('reads what formatAccountId writes, for every chain id', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), address, (chainId, of) => {
          expect(parseAccountId(formatAccountId({ chainId, address: of }))).to.deep.equal({ chainId, address: of })
        }),
        { seed: 20261123, numRuns: 200 },
      )
    })

    it('takes checksummed addresses and gives them in lower case', () => {
      const text = 'eip155:1:0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
      expect(parseAccountId(text).address).to.equal('0xd8da6bf26964af9d7eed9e03e53415d37aa96045')
    })

    for (const text of invalid)
      it(`refuses ${JSON.stringify(text)}`, () => {
        expect(codeOf(() => parseAccountId(text))).to.equal('core.invalid_argument')
      })
  })

  describe('sameAgent', () => {
    it('compares chain, registry and address', () => {
      const agent: AgentRef = { chainId: 1, registry: asAddress(account), address: asAddress(account) }
      const other = asAddress(`0x${'cd'.repeat(20)}`)
      expect(sameAgent(agent, { ...agent })).to.equal(true)
      for (const change of [{ chainId: 2 }, { registry: other }, { address: other }])
        expect(sameAgent(agent, { ...agent, ...change })).to.equal(false)
    })
  })
})
