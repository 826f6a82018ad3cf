import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { findContradiction, verifyAcceptance } from '../../src/anchor/verify-acceptance.ts'
import type { MessageId } from '../../src/core/ids.ts'
import { Secret } from '../../src/core/secret.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { decodeAcceptanceReceipt, encodeAcceptanceReceipt, makeReceipts } from '../../src/wire/acceptance.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { randomEnvelope, startTestRelay, TestDirectory } from '../support/relay-world.ts'

const { mailbox } = new TestDirectory().register()

describe('anchor/verify-acceptance', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-acceptance-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** A relay over the database in the folder, with the same key each time. */
  async function withRelay<T>(
    use: (submit: (envelope: Uint8Array) => Promise<Uint8Array>, publicKey: Uint8Array) => Promise<T>,
    key = 7,
  ): Promise<T> {
    const store = await sqliteMailbox({ file: join(folder, 'mailbox.db') })
    const relayKey = new Secret(new Uint8Array(32).fill(key))
    await using relay = await startTestRelay({}, { mailbox: store, relayKey })
    const submit = async (envelope: Uint8Array) => {
      const { body } = await relay.post('/v1/envelopes', envelope)
      return Uint8Array.from(Buffer.from(String(body['receipt']), 'base64'))
    }
    return await use(submit, relay.relay.publicKey)
  }

  describe('verifyAcceptance', () => {
    it('finds no fault with a receipt, its envelope and the relay’s key', async () => {
      const envelope = randomEnvelope(mailbox)
      await withRelay(async (submit, relayKey) => {
        const { faults, receipt } = verifyAcceptance(await submit(envelope), { envelope, relayKey })
        expect(faults).to.deep.equal([])
        expect(receipt).to.include({ mailbox, messageId: decodeEnvelope(envelope).header.messageId, seq: 1 })
      })
    })

    it('names what does not hold', async () => {
      const envelope = randomEnvelope(mailbox)
      const receipt = await withRelay((submit) => submit(envelope))
      const other = { envelope: randomEnvelope(mailbox), relayKey: new Uint8Array(32).fill(1) }
      expect(verifyAcceptance(receipt, other).faults).to.deep.equal(['relay_key', 'envelope'])
      const forged = encodeAcceptanceReceipt({ ...decodeAcceptanceReceipt(receipt), seq: 2 })
      expect(verifyAcceptance(forged, { envelope }).faults).to.deep.equal(['signature'])
      expect(() => verifyAcceptance(receipt.slice(1)))
        .to.throw()
        .with.property('code', 'wire.malformed_field')
    })
  })

  describe('promise: a relay that loses an accepted message is provably at fault', () => {
    const files = ['mailbox.db', 'mailbox.db-keys']

    /** Accepts an envelope, and then loses it: the database is put back to what it was before. */
    async function acceptAndLose(envelope: Uint8Array): Promise<Uint8Array> {
      await withRelay((submit) => submit(randomEnvelope(mailbox)))
      for (const name of files) await copyFile(join(folder, name), join(folder, `${name}.old`))
      const receipt = await withRelay((submit) => submit(envelope))
      for (const name of files) await copyFile(join(folder, `${name}.old`), join(folder, name))
      return receipt
    }

    it('by the receipt of the next message, which gets the arrival number of the lost one', async () => {
      const receipt = await acceptAndLose(randomEnvelope(mailbox))
      const next = await withRelay((submit) => submit(randomEnvelope(mailbox)))
      expect(findContradiction(receipt, next)).to.equal('number_reused')
    })

    it('by the receipt of the same message, which has become new', async () => {
      const envelope = randomEnvelope(mailbox)
      const receipt = await acceptAndLose(envelope)
      const again = await withRelay(async (submit) => {
        await submit(randomEnvelope(mailbox))
        return submit(envelope)
      })
      expect(findContradiction(receipt, again)).to.equal('forgotten')
    })

    it('and one that keeps what it accepts is not, also across restarts', async () => {
      const envelopes = [randomEnvelope(mailbox), randomEnvelope(mailbox)]
      const submitAll = () =>
        withRelay(async (submit) => [await submit(envelopes[0]!), await submit(envelopes[1]!)] as const)
      const receipts = [...(await submitAll()), ...(await submitAll())]
      for (const one of receipts)
        for (const other of receipts) expect(findContradiction(one, other)).to.equal(undefined)
    })
  })

  describe('findContradiction', () => {
    it('holds a relay to its word no longer than it gave it', () => {
      const seed = new Secret(new Uint8Array(32).fill(7))
      const receipt = (acceptedAt: number, seq: number) => {
        const statement = {
          relayKey: nodeBackend.ed25519PublicKey(seed),
          mailbox,
          messageId: `0x${'1d'.repeat(16)}` as MessageId,
          envelopeDigest: new Uint8Array(32),
          acceptedAt,
          keptUntil: acceptedAt + 100,
          seq,
        }
        const sign = (bytes: Uint8Array) => nodeBackend.ed25519Sign(seed, bytes)
        return makeReceipts([statement], { sha256: nodeBackend.sha256, sign })[0]!
      }
      expect(findContradiction(receipt(1000, 1), receipt(1099, 2))).to.equal('forgotten')
      expect(findContradiction(receipt(1099, 2), receipt(1000, 1))).to.equal('forgotten')
      expect(findContradiction(receipt(1000, 1), receipt(1100, 2))).to.equal(undefined)
    })

    it('believes no unsigned receipt, and holds no relay to what another signed', async () => {
      const [first, second] = [randomEnvelope(mailbox), randomEnvelope(mailbox)]
      const one = await withRelay((submit) => submit(first))
      const forged = encodeAcceptanceReceipt({ ...decodeAcceptanceReceipt(one), seq: 2 })
      expect(findContradiction(one, forged)).to.equal(undefined)
      expect(findContradiction(forged, one)).to.equal(undefined)
      await rm(folder, { recursive: true })
      folder = await mkdtemp(join(tmpdir(), 'herald-acceptance-'))
      const ofAnother = await withRelay((submit) => submit(second), 8)
      expect(findContradiction(one, ofAnother)).to.equal(undefined)
    })
  })
})
