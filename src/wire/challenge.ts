/**
 * The challenge a mailbox owner signs to open a session at a relay (SPEC §8.3). It names the relay, so a relay cannot
 * pass on another one's challenge, and the mailbox and card it is for.
 *
 * ```
 * struct {
 *   opaque label[20] = "herald/v1 challenge\0";
 *   opaque relayOrigin[32];                      // SHA-256 of the relay's origin, SPEC §8.1
 *   opaque mailbox[32];  opaque cardId[32];
 *   opaque nonce[32];  uint64 expires;
 * } Challenge;                                   // 156 bytes
 * ```
 */
import { equalBytes, utf8 } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { CardId, MailboxId, Millis } from '../core/ids.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What a relay asks an owner to sign. */
export interface Challenge {
  /** SHA-256 of the relay's origin, 32 bytes. */
  readonly relayOrigin: Uint8Array
  readonly mailbox: MailboxId
  readonly cardId: CardId
  /** Opaque to the owner, 32 bytes. */
  readonly nonce: Uint8Array
  /** The relay takes no answer from this time on. */
  readonly expires: Millis
}

const label = utf8('herald/v1 challenge\0')
const structure = 'challenge'
/** Length of a challenge in bytes. */
export const challengeBytes = 20 + 32 + 32 + 32 + 32 + 8

/** Encodes a challenge, 156 bytes: what is signed. */
export function encodeChallenge(challenge: Challenge): Uint8Array {
  return new Writer(challengeBytes, structure)
    .fixed('label', label, 20)
    .fixed('relay origin', challenge.relayOrigin, 32)
    .hex('mailbox', challenge.mailbox, 32)
    .hex('card id', challenge.cardId, 32)
    .fixed('nonce', challenge.nonce, 32)
    .uint53('expires', challenge.expires)
    .finish()
}

/** Decodes a challenge. @throws a `wire.*` error */
export function decodeChallenge(bytes: Uint8Array): Challenge {
  const reader = new Reader(bytes, structure, challengeBytes)
  if (!equalBytes(reader.bytes(20), label)) throw reader.malformed('label', 'that of a challenge')
  const challenge: Challenge = {
    relayOrigin: reader.bytes(32),
    mailbox: reader.hex<MailboxId>(32),
    cardId: reader.hex<CardId>(32),
    nonce: reader.bytes(32),
    expires: reader.uint53('expires'),
  }
  reader.end()
  return challenge
}

/**
 * The origin of a relay as sessions know it (SPEC §8.1): its URL without a trailing slash, query or fragment.
 *
 * @throws InvalidArgumentError when it is not an `http` or `https` URL
 */
export function relayOriginOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new InvalidArgumentError({ argument: 'relay', expected: 'an http or https URL' })
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '')
}
