/** Which mailbox is an agent's (SPEC §3.1). It outlives cards, so mail sent before a rotation is found after it. */
import type { AgentRef } from '../core/agent-ref.ts'
import { concatBytes, toHex, utf8 } from '../core/bytes.ts'
import type { MailboxId } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { encodeAgentRef } from '../wire/agent-ref.ts'

const label = utf8('herald/v1 mailbox\0\0\0')

// An agent reference never changes; the same few come up with every message.
const known = new WeakMap<AgentRef, MailboxId>()

/** The mailbox of an agent: SHA-256 over the label and the agent reference, 32 bytes. */
export function mailboxOf(backend: Pick<CryptoBackend, 'sha256'>, agent: AgentRef): MailboxId {
  let mailbox = known.get(agent)
  if (mailbox === undefined) {
    mailbox = toHex(backend.sha256(concatBytes(label, encodeAgentRef(agent)))) as MailboxId
    known.set(agent, mailbox)
  }
  return mailbox
}
