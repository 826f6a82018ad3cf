import { mock } from 'node:test'
import { expect } from 'chai'
import type { ReceivedMessage } from '../../src/client/received-message.ts'
import { createRequests } from '../../src/client/requests.ts'
import { asAddress, asMessageId } from '../../src/core/ids.ts'
import type { MessageKind } from '../../src/wire/inner-message.ts'
import { rejection } from '../support/refusal.ts'

const id = asMessageId(`0x${'a1'.repeat(16)}`)
const other = asMessageId(`0x${'a2'.repeat(16)}`)
const asked = {
  chainId: 1,
  registry: asAddress(`0x${'5e'.repeat(20)}`),
  address: asAddress(`0x${'b0'.repeat(20)}`),
}
const stranger = { ...asked, address: asAddress(`0x${'e0'.repeat(20)}`) }
const answer = (kind: MessageKind = 'response', change: Partial<ReceivedMessage> = {}) =>
  ({ kind, inReplyTo: id, sender: asked, contentType: 'text/plain', ...change }) as ReceivedMessage

describe('client/requests', () => {
  let requests: ReturnType<typeof createRequests>
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    requests = createRequests()
  })
  afterEach(() => mock.timers.reset())

  it('resolves with the response of the agent that was asked', async () => {
    const open = requests.open(id, asked, 1000)
    const response = answer()
    expect(requests.settle(response)).to.equal(true)
    expect(await open).to.equal(response)
    expect(requests.settle(response)).to.equal(false)
  })

  it('rejects when the peer answers with a failure', async () => {
    const open = requests.open(id, asked, 1000)
    expect(requests.settle(answer('failure'))).to.equal(true)
    const error = await rejection(open)
    expect(error.code).to.equal('client.request_failed')
    expect(error.facts).to.deep.equal({ messageId: id, contentType: 'text/plain' })
  })

  it('takes no answer from anybody else, none to another request, and no mere message', async () => {
    const open = requests.open(id, asked, 1000)
    const none = [
      answer('response', { sender: stranger }),
      answer('response', { sender: { ...asked, chainId: 2 } }),
      answer('response', { inReplyTo: other }),
      answer('response', { inReplyTo: undefined }),
      answer('message'),
      answer('request'),
    ]
    for (const message of none) expect(requests.settle(message)).to.equal(false)
    expect(requests.settle(answer())).to.equal(true)
    await open
  })

  it('rejects when its time is over; an answer that comes then is a message like any other', async () => {
    const open = requests.open(id, asked, 1000)
    mock.timers.tick(1000)
    const error = await rejection(open)
    expect(error.code).to.equal('client.request_timeout')
    expect(error.facts).to.deep.equal({ messageId: id, timeout: 1000 })
    expect(requests.settle(answer())).to.equal(false)
  })

  it('rejects when the request could not be sent', async () => {
    const open = requests.open(id, asked, 1000)
    const cause = new Error('no relay')
    requests.cancel(id, cause)
    requests.cancel(other, cause)
    expect(await open.catch((error: unknown) => error)).to.equal(cause)
  })

  it('ends all waiting when closed', async () => {
    const open = [requests.open(id, asked, 1000), requests.open(other, asked, 1000)]
    const closed = new Error('closed')
    requests.close(closed)
    const outcomes = await Promise.allSettled(open)
    expect(outcomes).to.deep.equal([
      { status: 'rejected', reason: closed },
      { status: 'rejected', reason: closed },
    ])
  })
})
