/** What every transport does. Called with a function that sets up one with two relays. */
import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'
import { toHex } from '../../src/core/bytes.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { Delivery, Inbox, MailboxOwner, Transport } from '../../src/transport/port.ts'
import { decodeAcceptanceReceipt } from '../../src/wire/acceptance.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { randomEnvelope } from '../support/relay-world.ts'

/** What the suite needs of an implementation. */
export interface TransportSetup extends AsyncDisposable {
  /** Opens a transport; the suite disposes of it. */
  open(): Transport
  readonly relays: readonly [string, string]
  /** Makes the first relay unreachable. */
  cutFirst(): Promise<void>
  owner(): MailboxOwner
}

function messageIdOf(envelope: Uint8Array): string {
  return decodeEnvelope(envelope).header.messageId
}

async function take(inbox: Inbox, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of inbox.deliveries()) {
    taken.push(delivery)
    if (taken.length === count) break
  }
  return taken
}

/** Tells what a promise gives, or that it gave nothing for a while. */
async function within<T>(millis: number, promise: Promise<T>): Promise<T | 'nothing'> {
  return Promise.race([promise, new Promise<'nothing'>((resolve) => setTimeout(resolve, millis, 'nothing'))])
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: { code: string }) => error.code,
  )
}

/** Runs the suite against one implementation. */
export function behavesLikeTransport(name: string, setUp: () => Promise<TransportSetup>): void {
  describe(`${name} behaves like a transport`, () => {
    let setup: TransportSetup
    let transport: Transport
    let owner: MailboxOwner
    beforeEach(async () => {
      setup = await setUp()
      transport = setup.open()
      owner = setup.owner()
    })
    afterEach(async () => {
      await transport[Symbol.asyncDispose]()
      await setup[Symbol.asyncDispose]()
    })

    const submit = (change = {}) => transport.submit(randomEnvelope(owner.mailbox, change), setup.relays)
    const openInbox = (options = {}) => transport.openInbox(setup.relays[0], owner, options)

    describe('submit', () => {
      it('gives a receipt for what was sent', async () => {
        const envelope = randomEnvelope(owner.mailbox)
        const acceptance = await transport.submit(envelope, setup.relays)
        const receipt = decodeAcceptanceReceipt(acceptance.receipt)
        expect(acceptance).to.include({ relay: setup.relays[0], duplicate: false })
        expect(receipt.messageId).to.equal(messageIdOf(envelope))
        expect(receipt.mailbox).to.equal(owner.mailbox)
        expect(toHex(receipt.envelopeDigest)).to.equal(toHex(nodeBackend.sha256(envelope)))
      })

      it('reports the same envelope as a duplicate under the same arrival number, and delivers it once', async () => {
        const envelope = randomEnvelope(owner.mailbox)
        const first = await transport.submit(envelope, setup.relays)
        const second = await transport.submit(envelope, setup.relays)
        expect(second.duplicate).to.equal(true)
        const seqs = [first, second].map(({ receipt }) => decodeAcceptanceReceipt(receipt).seq)
        expect(seqs[0]).to.equal(seqs[1])
        const inbox = await openInbox()
        const [delivery] = await take(inbox, 1)
        expect(await within(100, take(inbox, 1))).to.equal('nothing')
        await inbox.acknowledge([delivery!.seq])
        expect((await transport.submit(envelope, setup.relays)).duplicate).to.equal(true)
        expect(await within(100, take(inbox, 1))).to.equal('nothing')
      })

      it('goes to the next relay when one cannot be reached', async () => {
        await setup.cutFirst()
        expect((await submit()).relay).to.equal(setup.relays[1])
      })

      it('says by name when no relay can be reached, later or when there is none', async () => {
        await setup.cutFirst()
        const envelope = randomEnvelope(owner.mailbox)
        expect(await codeOf(transport.submit(envelope, [setup.relays[0]]))).to.equal('transport.unreachable')
        expect(await codeOf(transport.submit(envelope, []))).to.equal('transport.no_relay')
      })

      it('is refused for good when the message has expired', async () => {
        const error = await submit({ expires: Date.now() - 1 }).catch((thrown: unknown) => thrown)
        expect(error).to.include({ code: 'transport.refused', retry: 'never' })
        expect((error as { facts: object }).facts).to.include({ refusal: 'relay.expired' })
      })

      it('ends when its caller says so', async () => {
        const envelope = randomEnvelope(owner.mailbox)
        const options = { signal: AbortSignal.abort() }
        expect(await codeOf(transport.submit(envelope, setup.relays, options))).to.equal('transport.aborted')
      })
    })

    describe('openInbox', () => {
      it('delivers what waited and what arrives, byte for byte, on lease', async () => {
        const early = randomEnvelope(owner.mailbox, { length: 5000 })
        await transport.submit(early, setup.relays)
        const inbox = await openInbox({ leaseMillis: 5000 })
        const [first] = await take(inbox, 1)
        const late = randomEnvelope(owner.mailbox)
        await transport.submit(late, setup.relays)
        const [second] = await take(inbox, 1)
        expect(Buffer.from(first!.envelope).equals(early)).to.equal(true)
        expect(Buffer.from(second!.envelope).equals(late)).to.equal(true)
        expect(first!.attempt).to.equal(1)
        expect(first!.leasedUntil).to.be.within(systemAmbient.now(), systemAmbient.now() + 5000)
      })

      it('delivers the highest class first, then in order of arrival', async () => {
        const sent: string[] = []
        for (const priority of ['low', 'normal', 'urgent', 'high', 'urgent']) {
          const envelope = randomEnvelope(owner.mailbox, { priority } as object)
          await transport.submit(envelope, setup.relays)
          sent.push(messageIdOf(envelope))
        }
        const deliveries = await take(await openInbox(), 5)
        const order = deliveries.map(({ envelope }) => sent.indexOf(messageIdOf(envelope)))
        expect(order).to.deep.equal([2, 4, 3, 1, 0])
      })

      it('holds back what exceeds the window until something is acknowledged', async () => {
        for (let i = 0; i < 3; i++) await submit()
        const inbox = await openInbox({ window: 2 })
        const [first] = await take(inbox, 2)
        const third = take(inbox, 1)
        expect(await within(150, third)).to.equal('nothing')
        await inbox.acknowledge([first!.seq])
        expect(await within(3000, third)).to.have.length(1)
      })

      it('shares a mailbox among replicas, each message with one of them', async () => {
        for (let i = 0; i < 10; i++) await submit()
        await using other = setup.open()
        const inboxes = [await openInbox({ window: 5 }), await other.openInbox(setup.relays[0], owner, { window: 5 })]
        const taken = (await Promise.all(inboxes.map((inbox) => take(inbox, 5)))).flat()
        expect(new Set(taken.map(({ seq }) => seq)).size).to.equal(10)
      })

      it('reaches only the mailbox of its owner', async () => {
        await transport.submit(randomEnvelope(setup.owner().mailbox), setup.relays)
        expect(await within(150, take(await openInbox(), 1))).to.equal('nothing')
      })

      it('says by name when the relay cannot be reached', async () => {
        await setup.cutFirst()
        expect(await codeOf(openInbox())).to.equal('transport.unreachable')
      })

      it('delivers again when a lease has run out', async () => {
        await submit()
        const inbox = await openInbox({ leaseMillis: 200 })
        const [first, second] = await take(inbox, 2)
        expect(second).to.include({ seq: first!.seq, attempt: 2 })
      })
    })

    describe('acknowledge', () => {
      it('makes the relay forget the message', async () => {
        await submit()
        const inbox = await openInbox()
        const [delivery] = await take(inbox, 1)
        await inbox.acknowledge([delivery!.seq])
        await inbox[Symbol.asyncDispose]()
        expect(await within(150, take(await openInbox(), 1))).to.equal('nothing')
      })

      it('says by name when the lease is lost', async () => {
        await submit()
        const inbox = await openInbox()
        const [delivery] = await take(inbox, 1)
        await inbox.acknowledge([delivery!.seq])
        expect(await codeOf(inbox.acknowledge([delivery!.seq]))).to.equal('transport.lease_lost')
      })
    })

    describe('release', () => {
      it('brings the message back at once', async () => {
        await submit()
        const inbox = await openInbox()
        const [first] = await take(inbox, 1)
        await inbox.release([first!.seq])
        const [second] = await take(inbox, 1)
        expect(second).to.include({ seq: first!.seq, attempt: 2 })
      })
    })

    describe('Symbol.asyncDispose of an inbox', () => {
      it('ends the deliveries and gives unacknowledged messages to the next reader at once', async () => {
        await submit()
        const inbox = await openInbox()
        await take(inbox, 1)
        const rest = take(inbox, 1)
        await inbox[Symbol.asyncDispose]()
        expect(await rest).to.deep.equal([])
        expect(await within(3000, take(await openInbox(), 1))).to.have.length(1)
        expect(await codeOf(inbox.acknowledge([1]))).to.equal('transport.closed')
      })

      it('happens when the signal is aborted', async () => {
        const abort = new AbortController()
        const inbox = await openInbox({ signal: abort.signal })
        abort.abort()
        expect(await within(3000, take(inbox, 1))).to.deep.equal([])
      })
    })

    describe('Symbol.asyncDispose', () => {
      it('ends inboxes and refuses later calls by name', async () => {
        const inbox = await openInbox()
        await transport[Symbol.asyncDispose]()
        expect(await take(inbox, 1)).to.deep.equal([])
        expect(await codeOf(submit())).to.equal('transport.closed')
        expect(await codeOf(openInbox())).to.equal('transport.closed')
      })
    })
  })
}
