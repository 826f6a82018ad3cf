/**
 * Identifiers as types of their own, so that one cannot be handed where another is meant. All are lower-case `0x`
 * hexadecimal text: comparable with `===`, usable as map keys, and what viem takes.
 */
import { fromHex, type Hex } from './bytes.ts'
import { InvalidArgumentError } from './errors.ts'

declare const brand: unique symbol
type Branded<Name extends string> = Hex & { readonly [brand]: Name }

/** An EVM account, 20 bytes. */
export type Address = Branded<'Address'>
/** keccak256 of a card's bytes, 32 bytes (SPEC §2). */
export type CardId = Branded<'CardId'>
/** Drawn at random by the sender, 16 bytes (SPEC §3). */
export type MessageId = Branded<'MessageId'>
/** Drawn at random by whoever opens the conversation, 16 bytes (SPEC §4). */
export type ConversationId = Branded<'ConversationId'>
/** Where a relay keeps an agent's messages, 32 bytes (SPEC §3.1). */
export type MailboxId = Branded<'MailboxId'>

function identifier<Id extends Hex>(name: string, length: number): (text: string) => Id {
  return (text) => {
    if (typeof text !== 'string' || text.length !== 2 + 2 * length || !/^0x[0-9a-fA-F]+$/.test(text))
      throw new InvalidArgumentError({ argument: name, expected: `${length} bytes of 0x hexadecimal` })
    return text.toLowerCase() as Id
  }
}

/** Reads an address of 20 bytes. @throws InvalidArgumentError */
export const asAddress: (text: string) => Address = identifier<Address>('address', 20)
/** Reads a card id of 32 bytes. @throws InvalidArgumentError */
export const asCardId: (text: string) => CardId = identifier<CardId>('card id', 32)
/** Reads a message id of 16 bytes. @throws InvalidArgumentError */
export const asMessageId: (text: string) => MessageId = identifier<MessageId>('message id', 16)
/** Reads a conversation id of 16 bytes. @throws InvalidArgumentError */
export const asConversationId: (text: string) => ConversationId = identifier<ConversationId>('conversation id', 16)
/** Reads a mailbox id of 32 bytes. @throws InvalidArgumentError */
export const asMailboxId: (text: string) => MailboxId = identifier<MailboxId>('mailbox id', 32)

/** Stands where a message id could be and none is: no message has it. */
export const noMessage = `0x${'00'.repeat(16)}` as MessageId

/** The bytes of an identifier. */
export function idBytes(id: Hex): Uint8Array {
  return fromHex(id)
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Millis = number
/** Seconds since 1970-01-01T00:00:00Z, as block timestamps count. */
export type Seconds = number
