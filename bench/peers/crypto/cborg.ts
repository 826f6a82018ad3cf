/** The envelope's fields as a CBOR array by cborg, in its strict mode. */
import { type DecodeOptions, decode, encode } from 'cborg'
import type { EnvelopeCodec, EnvelopeFields } from '../../crypto/alternatives.ts'

const strict: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
}

/** Bytes in, bytes out. */
export function cborgCodec(fields: EnvelopeFields): EnvelopeCodec {
  const { suite, mailbox, recipientCard, messageId, priority, expires, enc, ciphertext } = fields
  const list = [1, 2, suite, mailbox, recipientCard, messageId, priority, expires, enc, ciphertext]
  const encoded = encode(list)
  return {
    name: 'cborg array, strict',
    note: 'well-formed CBOR; counts, lengths and ranges of fields unchecked; identifiers stay bytes',
    encode: () => encode(list),
    decode: () => decode(encoded, strict),
  }
}
