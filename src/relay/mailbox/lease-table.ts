/** Leases in memory, by mailbox number and arrival number. */
import type { Millis } from '../../core/ids.ts'
import { maxLeaseMillis } from '../../core/limits.ts'

/** Who holds a message, and until when; what else is to be known when it is removed. */
export interface Lease {
  readonly seq: number
  readonly rank: number
  /** Length of the body in bytes. */
  readonly size: number
  /** The segment that the body lies in; nothing where it lies alone. */
  readonly segment: number | null
  /** Whether other mailboxes may have it too. */
  readonly shared: boolean
  readonly consumer: string
  readonly until: Millis
}

/** Whether a lease is to be ended. */
export function hasLapsed(until: Millis, now: Millis): boolean {
  return until <= now || until > now + maxLeaseMillis
}

/** All leases of a store. */
export class LeaseTable {
  readonly #byMailbox = new Map<number, Map<number, Lease>>()

  /** The lease of a message. */
  get(no: number, seq: number): Lease | undefined {
    return this.#byMailbox.get(no)?.get(seq)
  }

  /** Sets the lease of a message. */
  set(no: number, lease: Lease): void {
    const leases = this.#byMailbox.get(no) ?? new Map<number, Lease>()
    this.#byMailbox.set(no, leases.set(lease.seq, lease))
  }

  /** Ends the lease of a message. */
  delete(no: number, seq: number): void {
    const leases = this.#byMailbox.get(no)
    leases?.delete(seq)
    if (leases?.size === 0) this.#byMailbox.delete(no)
  }

  /** Leases whose time is over, or lies further ahead than any lease lasts: then the clock was set back. */
  lapsed(now: Millis): { no: number; seq: number; rank: number }[] {
    const found: { no: number; seq: number; rank: number }[] = []
    for (const [no, leases] of this.#byMailbox)
      for (const [seq, { rank, until }] of leases) if (hasLapsed(until, now)) found.push({ no, seq, rank })
    return found
  }

  /** Ends all leases. */
  clear(): void {
    this.#byMailbox.clear()
  }
}
