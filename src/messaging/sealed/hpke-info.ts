/** What HPKE's `info` binds (SPEC §4.2): a ciphertext opens for one suite, chain, registry, agent and card only. */
import type { AgentRef } from '../../core/agent-ref.ts'
import { concatBytes, utf8 } from '../../core/bytes.ts'
import { type CardId, idBytes } from '../../core/ids.ts'
import type { Suite } from '../../core/suite.ts'
import { encodeAgentRef } from '../../wire/agent-ref.ts'

const label = utf8('herald/v1 sealed')

interface Known {
  readonly suite: Suite
  readonly recipientCard: CardId
  readonly info: Uint8Array
}

// The last one of each agent reference, which never changes: messages to an agent are as a rule for one card.
const lastOf = new WeakMap<AgentRef, Known>()

/**
 * label ‖ suite u16 ‖ recipient reference 48 bytes ‖ recipient card id 32 bytes. The answer may be kept for the next call:
 * never write into it.
 */
export function hpkeInfo(suite: Suite, recipient: AgentRef, recipientCard: CardId): Uint8Array {
  const last = lastOf.get(recipient)
  if (last?.suite === suite && last.recipientCard === recipientCard) return last.info
  const suiteBytes = Uint8Array.of(suite >> 8, suite & 0xff)
  const info = concatBytes(label, suiteBytes, encodeAgentRef(recipient), idBytes(recipientCard))
  lastOf.set(recipient, { suite, recipientCard, info })
  return info
}
