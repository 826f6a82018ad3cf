import { expect } from 'chai'
import { toHex } from '../../../src/core/bytes.ts'
import { decodeReplayRow, encodeReplayRow } from '../../../src/messaging/inbox/replay-row.ts'
import { behavesLikeStrictCodec } from '../../support/codec.ts'
import { refusal } from '../../support/refusal.ts'
import { replayRow } from '../../support/values.ts'

describe('messaging/inbox/replay-row', () => {
  behavesLikeStrictCodec({ value: replayRow, encode: encodeReplayRow, decode: decodeReplayRow, limit: 33 })

  it('is a state byte and the digest', () => {
    const envelopeDigest = new Uint8Array(32).fill(0xd1)
    expect(toHex(encodeReplayRow({ state: 'pending', envelopeDigest }))).to.equal(`0x00${'d1'.repeat(32)}`)
    expect(toHex(encodeReplayRow({ state: 'done', envelopeDigest }))).to.equal(`0x01${'d1'.repeat(32)}`)
  })

  it('has no third state', () => {
    expect(refusal(() => decodeReplayRow(new Uint8Array(33).fill(2))).facts).to.include({ field: 'state' })
  })
})
