/** Fields that several operations of the API have. */
import { type AgentRef, parseAccountId } from '../../core/agent-ref.ts'
import { type Address, asAddress, type CardId, type MailboxId } from '../../core/ids.ts'
import { maxEnvelopeBytes, maxLeaseCount, maxLeaseMillis } from '../../core/limits.ts'
import { base64, boolean, converted, fixedBase64, hex, integer, list, object, oneOf, optional, text } from './schema.ts'

const maxMillis = Number.MAX_SAFE_INTEGER

/** CAIP-10 text, read to chain id and address. */
export const account = converted(
  text(/^eip155:[1-9][0-9]{0,14}:0x[0-9a-fA-F]{40}$/, 64, 'a CAIP-10 account, eip155:<chain id>:<address>'),
  parseAccountId,
)
/** A contract or wallet. */
export const address = converted(hex<Address>(20), asAddress)
/** A card's id. */
export const cardId = hex<CardId>(32)
/** A mailbox. */
export const mailboxId = hex<MailboxId>(32)
/** An arrival number. */
export const seq = integer(0, Number.MAX_SAFE_INTEGER)
/** Arrival numbers. */
export const seqs = list(seq, 1, maxLeaseCount)
/** A time or a span, in milliseconds. */
export const millis = integer(0, maxMillis)
/** Names a reader among the replicas of one agent. */
export const consumer = text(/^[A-Za-z0-9._-]{1,64}$/, 64, '1 to 64 letters, digits, dots, underscores or hyphens')
/** How long a lease lasts. */
export const leaseMillis = integer(1, maxLeaseMillis)
/** An envelope. */
export const envelope = base64(maxEnvelopeBytes)
/** A signed acceptance. Its length is the business of SPEC §8.2. */
export const receipt = base64(4096)
/** A write token (SPEC §8.8). */
export const writeToken = fixedBase64(32)
/** The nonce of a stamp (SPEC §8.8). */
export const stamp = fixedBase64(8)
/** A count. */
export const count = integer(0, Number.MAX_SAFE_INTEGER)

/** The fields that say which agent is meant. */
export const agentFields = { agent: account, registry: address }

/** The agent that `agentFields` name. */
export function agentOf(params: { agent: Pick<AgentRef, 'chainId' | 'address'>; registry: Address }): AgentRef {
  return { ...params.agent, registry: params.registry }
}

/** What a retry would do. */
const retry = oneOf(['never', 'later', 'refresh'])
const stableCode = text(/^[a-z_]+\.[a-z0-9_]+$/, 64, 'a code of docs/errors.md')

/** Problem details (RFC 9457) as this relay writes them. */
export const problem = object({
  type: text(/^urn:herald:error:[a-z_.0-9]+$/, 96, 'urn:herald:error:<code>'),
  title: text(/^/, 512, 'text'),
  status: integer(400, 599),
  code: stableCode,
  retry,
  facts: { json: { type: 'object' }, expected: 'an object', read: (value: unknown) => value as object | undefined },
})

/** One message as it is delivered. */
export const delivery = object({ seq, attempt: count, leasedUntil: millis, envelope })

/** What became of one envelope of a batch. */
export const batchOutcome = object({
  receipt: optional(receipt),
  duplicate: optional(boolean),
  problem: optional(problem),
})
