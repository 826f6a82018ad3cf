/**
 * What is sealed and signed (SPEC §4, §5), computed as the page says it: every field joined to the next, every hash by
 * noble. Slow and readable; src/wire, src/crypto/commitment.ts and src/messaging/sealed do it in place.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { AgentRef } from '../../src/core/agent-ref.ts'
import { concatBytes, utf8 } from '../../src/core/bytes.ts'
import { type Content, type InnerMessage, messageKinds } from '../../src/wire/inner-message.ts'
import { referenceFromHex } from './hex.ts'

const idBytes = (id: string | undefined) => (id === undefined ? new Uint8Array(16) : referenceFromHex(id)!)

function uint(value: number, length: number): Uint8Array {
  const digits = value.toString(16).padStart(2 * length, '0')
  return referenceFromHex(`0x${digits}`)!
}

function agentRef({ chainId, registry, address }: AgentRef): Uint8Array {
  return concatBytes(uint(chainId, 8), idBytes(registry), idBytes(address))
}

/** SPEC §5.2 `contentPreimage`. */
export function referenceContent({ kind, contentType, body }: Content): Uint8Array {
  const type = utf8(contentType)
  return concatBytes(uint(messageKinds.indexOf(kind) + 1, 1), uint(type.length, 1), type, uint(body.length, 4), body)
}

/** SPEC §4.1: the least multiple of 2^z that is not smaller. */
function padme(length: number): number {
  const e = Math.floor(Math.log2(length))
  const z = Math.max(0, e - (Math.floor(Math.log2(e)) + 1))
  return Math.ceil(length / 2 ** z) * 2 ** z
}

/** SPEC §4 `InnerMessage`. */
export function referenceInnerMessage(message: InnerMessage): Uint8Array {
  const whole = concatBytes(
    Uint8Array.of(1, 3),
    agentRef(message.sender),
    idBytes(message.senderCard),
    idBytes(message.conversation),
    uint(message.seq, 8),
    uint(message.created, 8),
    uint(message.expires, 8),
    idBytes(message.inReplyTo),
    referenceContent(message),
    message.opening,
    message.signature,
  )
  return concatBytes(whole, new Uint8Array(padme(whole.length) - whole.length))
}

/** SPEC §5.2 `part(purpose)`. */
export function referencePart(purpose: string, opening: Uint8Array): Uint8Array {
  return sha512(concatBytes(utf8(`herald/v1 opening ${purpose}`), opening))
}

/** SPEC §5.2: a commitment to a preimage. */
export function referenceCommitment(
  purpose: 'content' | 'binding',
  part: Uint8Array,
  preimage: Uint8Array,
): Uint8Array {
  return sha256(concatBytes(utf8(`herald/v1 ${purpose}`), part, sha256(preimage)))
}

/** SPEC §5.1 `Statement`. */
export function referenceStatement(
  message: Omit<InnerMessage, 'signature'>,
  headerBytes: Uint8Array,
  recipient: AgentRef,
): Uint8Array {
  const { senderCard, seq, created, conversation, expires, inReplyTo, opening } = message
  const binding = concatBytes(
    sha256(headerBytes),
    agentRef(recipient),
    idBytes(conversation),
    uint(expires, 8),
    idBytes(inReplyTo),
  )
  return concatBytes(
    utf8('herald/v1 statement\0'),
    idBytes(senderCard),
    uint(seq, 8),
    uint(created, 8),
    referenceCommitment('content', referencePart('content', opening), referenceContent(message)),
    referenceCommitment('binding', referencePart('binding', opening), binding),
  )
}

/** HMAC-SHA256 (RFC 2104). */
export function referenceHmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(sha256, key, data)
}
