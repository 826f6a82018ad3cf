import { expect } from 'chai'
import { verifyAcceptance } from '../../src/anchor/verify-acceptance.ts'
import type { MailboxId, MessageId } from '../../src/core/ids.ts'
import { Secret } from '../../src/core/secret.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { ReceiptSigner } from '../../src/relay/receipt-signer.ts'

const seed = new Secret(new Uint8Array(32).fill(3))
const relayKey = nodeBackend.ed25519PublicKey(seed)

function statement(seq: number) {
  return {
    relayKey,
    mailbox: `0x${'a1'.repeat(32)}` as MailboxId,
    messageId: `0x${'00'.repeat(16)}` as MessageId,
    envelopeDigest: new Uint8Array(32),
    acceptedAt: 1,
    keptUntil: 2,
    seq,
  }
}

function countingSigner() {
  const signed: Uint8Array[] = []
  const signer = new ReceiptSigner({
    sha256: nodeBackend.sha256,
    sign: (bytes) => {
      signed.push(bytes)
      return nodeBackend.ed25519Sign(seed, bytes)
    },
  })
  const sign = async (one: ReturnType<typeof statement>) => (await signer.signAll([one]))[0]!
  return { signer, sign, signed }
}

describe('relay/receipt-signer', () => {
  describe('signAll', () => {
    it('signs once for all that is asked for in one turn, and each receipt is good alone', async () => {
      const { sign, signed } = countingSigner()
      const receipts = await Promise.all(Array.from({ length: 300 }, (_, i) => sign(statement(i))))
      expect(signed).to.have.length(1)
      const verified = receipts.map((receipt) => verifyAcceptance(receipt, { relayKey }))
      expect(verified.map(({ receipt }) => receipt.seq)).to.deep.equal(Array.from({ length: 300 }, (_, i) => i))
      expect(verified.flatMap(({ faults }) => faults)).to.deep.equal([])
    })

    it('signs again in a later turn, and in parts of at most 1,024', async () => {
      const { sign, signed } = countingSigner()
      await sign(statement(0))
      const receipts = await Promise.all(Array.from({ length: 1025 }, (_, i) => sign(statement(i))))
      expect(signed).to.have.length(3)
      expect(receipts.map((receipt) => verifyAcceptance(receipt).receipt.size)).to.deep.equal([
        ...new Array(1024).fill(1024),
        1,
      ])
    })

    it('gives each call its own receipts, and none for nothing', async () => {
      const { signer, signed } = countingSigner()
      const calls = [signer.signAll([statement(1), statement(2)]), signer.signAll([]), signer.signAll([statement(3)])]
      const seqs = (await Promise.all(calls)).map((receipts) =>
        receipts.map((one) => verifyAcceptance(one).receipt.seq),
      )
      expect(seqs).to.deep.equal([[1, 2], [], [3]])
      expect(signed).to.have.length(1)
    })

    it('fails all that it cannot sign, and goes on with what comes later', async () => {
      let broken = true
      const signer = new ReceiptSigner({
        sha256: nodeBackend.sha256,
        sign: (bytes) => {
          if (broken) throw new Error('no key')
          return nodeBackend.ed25519Sign(seed, bytes)
        },
      })
      const outcomes = await Promise.allSettled([signer.signAll([statement(1)]), signer.signAll([statement(2)])])
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
      broken = false
      expect(
        (await signer.signAll([statement(3)])).flatMap((receipt) => verifyAcceptance(receipt).faults),
      ).to.deep.equal([])
    })
  })
})
