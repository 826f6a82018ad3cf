import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { Emitter } from '../../src/client/events.ts'
import type { ReceivedMessage } from '../../src/client/received-message.ts'

const message = { id: '0x01' } as unknown as ReceivedMessage

describe('client/events', () => {
  let emitter: Emitter
  beforeEach(() => {
    emitter = new Emitter()
  })

  describe('emit', () => {
    it('calls every handler of that event, in the order they came, with the event', async () => {
      const calls: unknown[] = []
      emitter.on('message', (event) => calls.push(['first', event]))
      emitter.on('message', (event) => calls.push(['second', event]))
      emitter.on('failed', () => calls.push('failed'))
      await emitter.emit('message', message)
      expect(calls).to.deep.equal([
        ['first', message],
        ['second', message],
      ])
    })

    it('waits until every handler has ended, also when one of them rejects', async () => {
      let ended = false
      const fault = new Error('handler')
      emitter.on('message', () => {
        throw fault
      })
      emitter.on('message', async () => {
        await turn()
        ended = true
      })
      const error = await emitter.emit('message', message).catch((thrown: unknown) => thrown)
      expect(error).to.equal(fault)
      expect(ended).to.equal(true)
    })

    it('resolves when nobody listens', () => emitter.emit('message', message))
  })

  describe('on', () => {
    it('gives what ends the calls', async () => {
      let calls = 0
      const end = emitter.on('message', () => (calls += 1))
      await emitter.emit('message', message)
      end()
      end()
      await emitter.emit('message', message)
      expect(calls).to.equal(1)
    })
  })

  describe('handled', () => {
    it('resolves once there is a handler, for all who wait', async () => {
      let waiting = 2
      const waits = [1, 2].map(() => emitter.handled('message').then(() => (waiting -= 1)))
      emitter.on('failed', () => undefined)
      await turn()
      expect(waiting).to.equal(2)
      emitter.on('message', () => undefined)
      await Promise.all(waits)
      await emitter.handled('message')
      expect(waiting).to.equal(0)
    })

    it('waits again after the last handler has gone', async () => {
      emitter.on('message', () => undefined)()
      let resolved = false
      void emitter.handled('message').then(() => {
        resolved = true
      })
      await turn()
      expect(resolved).to.equal(false)
      emitter.on('message', () => undefined)
      await turn()
      expect(resolved).to.equal(true)
    })
  })

  describe('inform', () => {
    it('keeps what handlers throw to itself', async () => {
      emitter.on('connection', () => {
        throw new Error('handler')
      })
      emitter.on('connection', () => Promise.reject(new Error('handler')))
      emitter.inform('connection', { state: 'open' })
      await turn()
    })
  })
})
