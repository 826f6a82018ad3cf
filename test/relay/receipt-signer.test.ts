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
  return { signer, signed }
}

describe('relay/receipt-signer', () => {
  describe('sign', () => {
    it('signs once for all that is asked for in one turn, and each receipt is good alone', async () => {
      const { signer, signed } = countingSigner()
      const receipts = await Promise.all(Array.from({ length: 300 }, (_, i) => signer.sign(statement(i))))
      expect(signed).to.have.length(1)
      const verified = receipts.map((receipt) => verifyAcceptance(receipt, { relayKey }))
      expect(verified.map(({ receipt }) => receipt.seq)).to.deep.equal(Array.from({ length: 300 }, (_, i) => i))
      expect(verified.flatMap(({ faults }) => faults)).to.deep.equal([])
    })

    it('signs again in a later turn, and in parts of at most 1,024', async () => {
      const { signer, signed } = countingSigner()
      await signer.sign(statement(0))
      const receipts = await Promise.all(Array.from({ length: 1025 }, (_, i) => signer.sign(statement(i))))
      expect(signed).to.have.length(3)
      expect(receipts.map((receipt) => verifyAcceptance(receipt).receipt.size)).to.deep.equal([
        ...new Array(1024).fill(1024),
        1,
      ])
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
      const outcomes = await Promise.allSettled([signer.sign(statement(1)), signer.sign(statement(2))])
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
      broken = false
      expect(verifyAcceptance(await signer.sign(statement(3))).faults).to.deep.equal([])
    })
  })
})
