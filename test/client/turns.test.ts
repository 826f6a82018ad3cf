import { setImmediate as later } from 'node:timers/promises'
import { expect } from 'chai'
import { Turns } from '../../src/client/turns.ts'
import type { Priority } from '../../src/core/priority.ts'

describe('client/turns', () => {
  let ran: string[]
  let turns: Turns
  beforeEach(() => {
    ran = []
    turns = new Turns()
  })

  /** Adds a turn that notes its name; the answer resolves when it has run. */
  function add(priority: Priority, name: string, work: () => Promise<void> = async () => {}): Promise<void> {
    return new Promise((resolve) =>
      turns.add({
        priority,
        run: async () => {
          ran.push(name)
          await work()
          resolve()
        },
      }),
    )
  }

  it('runs a burst urgent first, and equals as they came', async () => {
    const classes: Priority[] = ['low', 'normal', 'urgent', 'high', 'normal', 'urgent', 'low']
    await Promise.all(classes.map((priority, i) => add(priority, `${priority} ${i}`)))
    expect(ran).to.deep.equal(['urgent 2', 'urgent 5', 'high 3', 'normal 1', 'normal 4', 'low 0', 'low 6'])
  })

  it('runs one at a time; what is urgent goes next, and interrupts nothing', async () => {
    const gate = Promise.withResolvers<void>()
    let running = 0
    const alone = async () => {
      running += 1
      expect(running).to.equal(1)
      await later()
      running -= 1
    }
    const first = add('low', 'first', () => gate.promise)
    while (ran.length === 0) await later()
    const rest = [add('normal', 'second', alone), add('urgent', 'third', alone), add('normal', 'fourth', alone)]
    expect(ran).to.deep.equal(['first'])
    gate.resolve()
    await Promise.all([first, ...rest])
    expect(ran).to.deep.equal(['first', 'third', 'second', 'fourth'])
  })

  it('starts again after it ran dry', async () => {
    await add('normal', 'first')
    await later()
    await add('normal', 'second')
    expect(ran).to.deep.equal(['first', 'second'])
  })

  it('loses no turn that is added at the moment it runs dry', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      turns = new Turns()
      ran = []
      const seam = Promise.withResolvers<void>()
      void add('normal', 'first', async () => {
        void (async () => {
          for (let i = 0; i < microtasks; i++) await undefined
          void add('normal', 'second')
          seam.resolve()
        })()
      })
      await seam.promise
      for (let i = 0; i < 5 && ran.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 2))
      expect(ran, `${microtasks} microtasks after`).to.deep.equal(['first', 'second'])
    }
  })

  it('forgets what waits once stopped, and takes nothing more', async () => {
    const gate = Promise.withResolvers<void>()
    const first = add('normal', 'first', () => gate.promise)
    while (ran.length === 0) await later()
    void add('urgent', 'second')
    turns.stop()
    void add('urgent', 'third')
    gate.resolve()
    await first
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(ran).to.deep.equal(['first'])
  })
})
