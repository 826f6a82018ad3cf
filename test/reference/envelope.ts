/** The envelope of src/wire/envelope.ts as SPEC §3 lays it out: field by field, slow, readable. */
import { concatBytes } from '../../src/core/bytes.ts'
import { priorities } from '../../src/core/priority.ts'
import type { Suite } from '../../src/core/suite.ts'
import type { EnvelopeHeader } from '../../src/wire/envelope.ts'
import { referenceFromHex, referenceToHex } from './hex.ts'

function integer(value: number, length: 2 | 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(value))
  return new Uint8Array(view.buffer).slice(8 - length)
}

/** Header, length and ciphertext. */
export function referenceEnvelope(header: EnvelopeHeader, ciphertext: Uint8Array): Uint8Array {
  return concatBytes(
    Uint8Array.of(1, 2),
    integer(header.suite, 2),
    ...[header.mailbox, header.recipientCard, header.messageId].map((id) => referenceFromHex(id)!),
    Uint8Array.of(priorities.indexOf(header.priority)),
    integer(header.expires, 8),
    header.enc,
    integer(ciphertext.length, 4),
    ciphertext,
  )
}

/** The header of an envelope that is well-formed. */
export function referenceHeader(envelope: Uint8Array): EnvelopeHeader {
  const view = new DataView(envelope.buffer, envelope.byteOffset, envelope.byteLength)
  const suite = view.getUint16(2) as Suite
  return {
    suite,
    mailbox: referenceToHex(envelope.slice(4, 36)) as EnvelopeHeader['mailbox'],
    recipientCard: referenceToHex(envelope.slice(36, 68)) as EnvelopeHeader['recipientCard'],
    messageId: referenceToHex(envelope.slice(68, 84)) as EnvelopeHeader['messageId'],
    priority: priorities[view.getUint8(84)]!,
    expires: Number(view.getBigUint64(85)),
    enc: envelope.slice(93, suite === 0x647a ? 93 + 1120 : 93 + 32),
  }
}
