/** From a message to what its author signs (SPEC §5.1, §5.2). Both sides compute it; it is never sent. */
import type { AgentRef } from '../../core/agent-ref.ts'
import type { CryptoBackend } from '../../crypto/backend.ts'
import { bindingCommitment, contentCommitment, openingPart } from '../../crypto/commitment.ts'
import type { InnerMessage } from '../../wire/inner-message.ts'
import { encodeBinding, encodeContent, encodeStatement } from '../../wire/statement.ts'

/** The part of a message that its signature covers. */
export type Unsigned = Omit<InnerMessage, 'signature'>

/**
 * The statement of a message, 132 bytes.
 *
 * @param headerBytes the outer header with `enc`, as it travels
 * @param contentPreimage what the content commitment is over, where it is at hand already
 */
export function statementOf(
  backend: CryptoBackend,
  message: Unsigned,
  headerBytes: Uint8Array,
  recipient: AgentRef,
  contentPreimage: Uint8Array = encodeContent(message),
): Uint8Array {
  const { senderCard, seq, created, opening, conversation, expires, inReplyTo } = message
  const content = contentCommitment(backend, openingPart(backend, 'content', opening), contentPreimage)
  const bound = encodeBinding(backend.sha256(headerBytes), { recipient, conversation, expires, inReplyTo })
  const binding = bindingCommitment(backend, openingPart(backend, 'binding', opening), bound)
  return encodeStatement({ senderCard, seq, created, content, binding })
}
