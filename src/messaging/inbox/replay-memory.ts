/**
 * The memory that tells a replay from a message (SPEC §5.4): durable, and bounded twice. A row goes once its message
 * cannot be taken any more, and no row is written beyond a limit: a full memory refuses what is new and forgets nothing,
 * since whatever it forgot could be replayed.
 */
import { InvalidArgumentError } from '../../core/errors.ts'
import type { Millis } from '../../core/ids.ts'
import type { Store } from '../../store/port.ts'
import { ReplayMemoryFullError } from '../errors.ts'

/** What a memory needs. */
export interface ReplayMemoryOptions {
  readonly store: Store
  now(): Millis
  /** Messages remembered at the same time, at least 1. */
  readonly limit: number
}

/** Remembers messages. */
export interface ReplayMemory {
  /**
   * Writes a row unless its key is taken, and tells whether it did.
   *
   * @throws ReplayMemoryFullError when there is no room for a new one; a `store.*` error
   */
  claim(key: string, row: Uint8Array, expiresAt: Millis): Promise<boolean>
}

/** Rows whose time has come are removed this often. */
const sweepMillis = 3_600_000
/** And this often while there is no room. */
const fullSweepMillis = 60_000

/** Opens the memory in a store. @throws InvalidArgumentError on a limit that is none */
export function createReplayMemory({ store, now, limit }: ReplayMemoryOptions): ReplayMemory {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidArgumentError({ argument: 'replayLimit', expected: 'a whole number from 1' })
  /** Rows that are written, and rows that are being written. */
  let held = 0
  let claiming = 0
  let sweptAt: Millis | undefined
  let sweeping: Promise<void> | undefined

  async function sweep(): Promise<void> {
    const time = now()
    await store.sweep(time)
    held = await store.count('replay')
    sweptAt = time
  }

  const hasRoom = () => held + claiming < limit

  /** A clock that was set back says nothing about when to sweep, so that is a reason to. */
  function isSweepDue(): boolean {
    if (sweptAt === undefined) return true
    const passed = now() - sweptAt
    return passed < 0 || passed >= (hasRoom() ? sweepMillis : fullSweepMillis)
  }

  async function sweepWhenDue(): Promise<void> {
    if (!isSweepDue()) return
    sweeping ??= sweep().finally(() => {
      sweeping = undefined
    })
    await sweeping
  }

  return {
    async claim(key, row, expiresAt) {
      await sweepWhenDue()
      if (!hasRoom()) {
        if ((await store.get('replay', key)) !== undefined) return false
        throw new ReplayMemoryFullError({ limit })
      }
      // Nothing runs between the look at the room and this, so that no two claims take one place.
      claiming += 1
      try {
        const claimed = await store.putIfAbsent('replay', key, row, { expiresAt })
        if (claimed) held += 1
        return claimed
      } finally {
        claiming -= 1
      }
    },
  }
}
