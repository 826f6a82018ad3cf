import { expect } from 'chai'
import { concatBytes, toHex, utf8 } from '../../../src/core/bytes.ts'
import { asAddress, asCardId, asConversationId, asMessageId } from '../../../src/core/ids.ts'
import { nobleBackend } from '../../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { statementOf, type Unsigned } from '../../../src/messaging/sealed/statement-of.ts'
import { decodeStatement, encodeBinding, encodeContent } from '../../../src/wire/statement.ts'
import { referenceStatement } from '../../reference/sealed.ts'

const agent = { chainId: 1, registry: asAddress(`0x${'aa'.repeat(20)}`), address: asAddress(`0x${'bb'.repeat(20)}`) }
const header = utf8('header')
const message: Unsigned = {
  sender: agent,
  senderCard: asCardId(`0x${'cc'.repeat(32)}`),
  conversation: asConversationId(`0x${'0c'.repeat(16)}`),
  seq: 1,
  created: 2,
  expires: 3,
  inReplyTo: undefined,
  kind: 'message',
  contentType: 'text/plain',
  body: utf8('hello'),
  opening: new Uint8Array(64).fill(7),
}
const statement = (change: Partial<Unsigned> = {}) => statementOf(nodeBackend, { ...message, ...change }, header, agent)

describe('messaging/sealed/statement-of', () => {
  describe('statementOf', () => {
    it('is the same by both backends, and holds card, seq and time in the clear', () => {
      expect(statementOf(nobleBackend, message, header, agent)).to.deep.equal(statement())
      expect(decodeStatement(statement())).to.include({ senderCard: message.senderCard, seq: 1, created: 2 })
    })

    it('commits to content and destination as SPEC §5.2 says, each with its own part of the opening', () => {
      const { sha256, sha512 } = nodeBackend
      const part = (purpose: string) => sha512(concatBytes(utf8(`herald/v1 opening ${purpose}`), message.opening))
      const commit = (label: string, purpose: string, preimage: Uint8Array) =>
        sha256(concatBytes(utf8(label), part(purpose), sha256(preimage)))
      const { content, binding } = decodeStatement(statement())
      expect(content).to.deep.equal(commit('herald/v1 content', 'content', encodeContent(message)))
      const bound = encodeBinding(sha256(header), { recipient: agent, ...message })
      expect(binding).to.deep.equal(commit('herald/v1 binding', 'binding', bound))
    })

    it('is what the readable twin computes, and the same with the content preimage handed over', () => {
      for (const inReplyTo of [undefined, asMessageId(`0x${'0e'.repeat(16)}`)]) {
        const expected = referenceStatement({ ...message, inReplyTo }, header, agent)
        expect(statement({ inReplyTo })).to.deep.equal(expected)
        const content = encodeContent(message)
        expect(statementOf(nodeBackend, { ...message, inReplyTo }, header, agent, content)).to.deep.equal(expected)
      }
    })

    it('lets what was said change the content commitment only, and where it went the binding only', () => {
      const { content, binding } = decodeStatement(statement())
      for (const change of [{ body: utf8('hullo') }, { contentType: 'text/html' }, { kind: 'request' as const }]) {
        const changed = decodeStatement(statement(change))
        expect(changed.content).to.not.deep.equal(content)
        expect(changed.binding).to.deep.equal(binding)
      }
      const elsewhere = [
        statement({ conversation: asConversationId(`0x${'0d'.repeat(16)}`) }),
        statement({ expires: 4 }),
        statement({ inReplyTo: asMessageId(`0x${'0e'.repeat(16)}`) }),
        statementOf(nodeBackend, message, utf8('other'), agent),
        statementOf(nodeBackend, message, header, { ...agent, chainId: 2 }),
      ]
      for (const bytes of elsewhere) {
        expect(decodeStatement(bytes).binding).to.not.deep.equal(binding)
        expect(decodeStatement(bytes).content).to.deep.equal(content)
      }
      expect(new Set(elsewhere.map(toHex)).size).to.equal(elsewhere.length)
    })
  })
})
