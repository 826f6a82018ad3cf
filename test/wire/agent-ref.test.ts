import { expect } from 'chai'
import { toHex } from '../../src/core/bytes.ts'
import { asAddress } from '../../src/core/ids.ts'
import { agentRefBytes, decodeAgentRef, encodeAgentRef } from '../../src/wire/agent-ref.ts'
import { agentRef } from '../support/arbitraries.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'

describe('wire/agent-ref', () => {
  behavesLikeStrictCodec({
    value: agentRef,
    encode: encodeAgentRef,
    limit: agentRefBytes,
    decode: decodeAgentRef,
  })

  describe('encodeAgentRef', () => {
    it('writes chain id, registry and address in this order', () => {
      const agent = {
        chainId: 31337,
        registry: asAddress(`0x${'aa'.repeat(20)}`),
        address: asAddress(`0x${'bb'.repeat(20)}`),
      }
      expect(toHex(encodeAgentRef(agent))).to.equal(`0x0000000000007a69${'aa'.repeat(20)}${'bb'.repeat(20)}`)
    })

    it('refuses a chain id that is no whole number or above 2^53 - 1, and names it', () => {
      const agent = { registry: asAddress(`0x${'aa'.repeat(20)}`), address: asAddress(`0x${'bb'.repeat(20)}`) }
      for (const chainId of [-1, 0, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = refusal(() => encodeAgentRef({ ...agent, chainId }))
        expect(error.code).to.equal('wire.malformed_field')
        expect(error.facts).to.include({ field: 'agent chain id' })
      }
    })

    it('is never of chain id 0, which no chain has', () => {
      const error = refusal(() => decodeAgentRef(new Uint8Array(agentRefBytes)))
      expect(error.facts).to.deep.equal({
        structure: 'agent reference',
        field: 'agent chain id',
        expected: 'at least 1',
      })
    })
  })
})
