/** Generators of Herald's small values, for property tests. */
import fc from 'fast-check'
import type { AgentRef } from '../../src/core/agent-ref.ts'
import { type Hex, toHex } from '../../src/core/bytes.ts'
import type { Address, CardId, ConversationId, MailboxId, MessageId } from '../../src/core/ids.ts'
import { priorities } from '../../src/core/priority.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'

/** Bytes of a length. */
export const bytesOf = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })

/** An identifier of so many bytes. */
export const idOf = <Id extends Hex>(length: number): fc.Arbitrary<Id> =>
  bytesOf(length).map((bytes) => toHex(bytes) as Id)

export const address = idOf<Address>(20)
export const cardId = idOf<CardId>(32)
export const mailboxId = idOf<MailboxId>(32)
/** Never the zero id, which stands for no message. */
export const messageId = idOf<MessageId>(16).filter((id) => !/^0x0+$/.test(id))
export const conversationId = idOf<ConversationId>(16)
export const uint53 = fc.nat({ max: Number.MAX_SAFE_INTEGER })
export const suite: fc.Arbitrary<Suite> = fc.constantFrom<Suite>(suiteXWing, suiteX25519)
export const priority = fc.constantFrom(...priorities)
export const agentRef: fc.Arbitrary<AgentRef> = fc.record({
  chainId: uint53.filter((id) => id > 0),
  registry: address,
  address,
})
/** What may stand in a card as a relay. */
export const relayUrl: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.option(fc.nat(65_535)), fc.constantFrom('', '/', '/a/b%20c'))
  .map(([scheme, host, port, path]) => `${scheme}://${host}${port === null ? '' : `:${port}`}${path}`)
  .filter((url) => url.length <= 255)
export const contentType = fc.stringMatching(/^[ -~]{1,127}$/)
