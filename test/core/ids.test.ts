import { expect } from 'chai'
import fc from 'fast-check'
import { toHex } from '../../src/core/bytes.ts'
import { asAddress, asCardId, asConversationId, asMailboxId, asMessageId, idBytes } from '../../src/core/ids.ts'
import { bytesOf } from '../support/arbitraries.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const kinds = [
  { name: 'asAddress', read: asAddress, length: 20 },
  { name: 'asCardId', read: asCardId, length: 32 },
  { name: 'asMessageId', read: asMessageId, length: 16 },
  { name: 'asConversationId', read: asConversationId, length: 16 },
  { name: 'asMailboxId', read: asMailboxId, length: 32 },
] as const

describe('core/ids', () => {
  for (const { name, read, length } of kinds)
    describe(name, () => {
      it('takes its length of either case and gives lower case, so that === compares', () => {
        fc.assert(
          fc.property(bytesOf(length), (bytes) => {
            const text = toHex(bytes)
            expect(read(text)).to.equal(text)
            expect(read(`0x${text.slice(2).toUpperCase()}`)).to.equal(text)
            expect(idBytes(read(text))).to.deep.equal(bytes)
          }),
          { seed: 20261123, numRuns: 50 },
        )
      })

      it('refuses every other length, prefix and digit, and does not repeat the text', () => {
        const digits = '5a'.repeat(length)
        const wrong = [`0x${digits}5a`, `0x${digits.slice(2)}`, `5a${digits}`, `0X${digits}`, `0x${digits.slice(1)}`]
        for (const text of ['', '0x', ...wrong, `0x${digits.slice(1)}g`, `0x${digits.slice(1)} `])
          expect(
            codeOf(() => read(text)),
            text,
          ).to.equal('core.invalid_argument')
        expect(refusal(() => read(`0x${digits}5a`)).message).to.not.contain('5a5a')
      })
    })
})
