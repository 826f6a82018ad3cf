/** Writing and reading an envelope with 1 KiB of ciphertext: Herald's layout, and the same fields for other codecs. */

import { toHex } from '../../src/core/bytes.ts'
import { type CardId, idBytes, type MailboxId, type MessageId } from '../../src/core/ids.ts'
import { suiteXWing } from '../../src/core/suite.ts'
import {
  decodeEnvelope,
  type EnvelopeHeader,
  encodeEnvelope,
  encodeEnvelopeRoom,
  encodeHeader,
} from '../../src/wire/envelope.ts'
import { rotation, times } from '../rotation.ts'
import type { EnvelopeCodec, EnvelopeFields } from './alternatives.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

function randomHeader(): EnvelopeHeader {
  return {
    suite: suiteXWing,
    mailbox: toHex(random(32)) as MailboxId,
    recipientCard: toHex(random(32)) as CardId,
    messageId: toHex(random(16)) as MessageId,
    priority: 'normal',
    expires: Date.now() + 86_400_000,
    enc: random(1120),
  }
}

/** Fields of one envelope, identifiers as bytes. */
export function envelopeFields(ciphertext: Uint8Array): EnvelopeFields {
  const { suite, mailbox, recipientCard, messageId, expires, enc } = randomHeader()
  const ids = { mailbox: idBytes(mailbox), recipientCard: idBytes(recipientCard), messageId: idBytes(messageId) }
  return { suite, ...ids, priority: 1, expires, enc, ciphertext }
}

/** Herald's codec, all its checks included. */
export function heraldEnvelopes(ciphertext: Uint8Array): EnvelopeCodec {
  const headers = times(64, randomHeader)
  const nextHeader = rotation(headers)
  const next = rotation(headers.map((header) => encodeEnvelope(encodeHeader(header), ciphertext)))
  return {
    name: 'herald',
    note: 'every field checked; identifiers are hexadecimal text',
    encode() {
      const room = encodeEnvelopeRoom(nextHeader(), ciphertext.length)
      room.ciphertext.set(ciphertext)
      return room.bytes
    },
    decode: () => decodeEnvelope(next()),
  }
}
