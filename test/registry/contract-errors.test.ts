import { expect } from 'chai'
import { type AbiParameter, encodeErrorResult } from 'viem'
import { HeraldError } from '../../src/core/errors.ts'
import { agentRegistryAbi } from '../../src/registry/abi/agent-registry.ts'
import { decodeRegistryRevert, registryRevertTable } from '../../src/registry/contract-errors.ts'

const errors = agentRegistryAbi.filter((item) => item.type === 'error')

/** A value of an ABI type, different for each place. */
function sample({ type }: AbiParameter, place: number): unknown {
  if (type === 'address') return `0x${String(place + 1).repeat(40)}`
  if (type === 'bytes32') return `0x${String(place + 1).repeat(64)}`
  return type === 'uint256' ? BigInt(1000 + place) : 1000 + place
}

describe('registry/contract-errors', () => {
  describe('registryRevertTable', () => {
    it('has an entry for every custom error of the contract, and no other', () => {
      expect(Object.keys(registryRevertTable).sort()).to.deep.equal(errors.map(({ name }) => name).sort())
    })
  })

  describe('decodeRegistryRevert', () => {
    for (const { name, inputs } of errors) {
      it(`gives ${name} a registry code, with all its values as facts`, () => {
        const args = inputs.map(sample)
        const data = encodeErrorResult({ abi: agentRegistryAbi, errorName: name, args } as never)
        const error = decodeRegistryRevert(data)
        expect(error).to.be.instanceOf(HeraldError)
        expect(error?.code).to.match(/^registry\.[a-z_]+$/)
        const values = args.map((value) => (typeof value === 'bigint' ? Number(value) : value))
        const facts = inputs.map((input, i) => [input.name, values[i]])
        expect(error?.facts).to.deep.equal(Object.fromEntries(facts))
      })
    }

    it('gives every error a code of its own', () => {
      const codes = errors.map(({ name, inputs }) => {
        const args = inputs.map(sample)
        return decodeRegistryRevert(encodeErrorResult({ abi: agentRegistryAbi, errorName: name, args } as never))?.code
      })
      expect(new Set(codes).size).to.equal(errors.length)
    })

    it('gives nothing for data it does not know', () => {
      for (const data of ['0x', '0x01', '0x12345678', `0x08c379a0${'00'.repeat(64)}`] as const)
        expect(decodeRegistryRevert(data)).to.equal(undefined)
    })
  })
})
