/** What HPKE's `info` binds (SPEC §4.2): a ciphertext opens for one suite, chain, registry, agent and card only. */
import type { AgentRef } from '../../core/agent-ref.ts'
import { concatBytes, utf8 } from '../../core/bytes.ts'
import { type CardId, idBytes } from '../../core/ids.ts'
import type { Suite } from '../../core/suite.ts'
import { encodeAgentRef } from '../../wire/agent-ref.ts'

const label = utf8('herald/v1 sealed')

/** label ‖ suite u16 ‖ recipient reference 48 bytes ‖ recipient card id 32 bytes. */
export function hpkeInfo(suite: Suite, recipient: AgentRef, recipientCard: CardId): Uint8Array {
  const suiteBytes = Uint8Array.of(suite >> 8, suite & 0xff)
  return concatBytes(label, suiteBytes, encodeAgentRef(recipient), idBytes(recipientCard))
}
