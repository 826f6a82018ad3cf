/** Whether a relay can do its work: its store takes writes, and its chain can be asked. */
import { toHex, utf8 } from '../core/bytes.ts'
import type { MailboxId, Millis } from '../core/ids.ts'
import type { RelayContext } from './config.ts'

/** How it stands with each. */
export interface ReadinessReport {
  readonly store: boolean
  readonly chain: boolean
}

/** An answer is good for this long: whoever asks often costs no more writes. */
const freshMillis: Millis = 2000

function succeeds(step: () => Promise<unknown>): Promise<boolean> {
  return step().then(
    () => true,
    () => false,
  )
}

/** Tries both. */
export class Readiness {
  readonly #context: RelayContext
  /** A mailbox of nobody: no agent's reference hashes to it. */
  readonly #probe: MailboxId
  #last: { readonly report: Promise<ReadinessReport>; readonly until: Millis } | undefined

  constructor(context: RelayContext) {
    this.#context = context
    this.#probe = toHex(context.backend.sha256(utf8('herald/v1 readiness'))) as MailboxId
  }

  /** The state of this moment, or of at most two seconds ago. */
  check(): Promise<ReadinessReport> {
    const now = this.#context.ambient.now()
    if (this.#last === undefined || this.#last.until <= now)
      this.#last = { report: this.#try(), until: now + freshMillis }
    return this.#last.report
  }

  async #try(): Promise<ReadinessReport> {
    const { mailbox, checkChain, ambient } = this.#context
    const [store, chain] = await Promise.all([
      succeeds(() => mailbox.configure(this.#probe, utf8(String(ambient.now())))),
      succeeds(async () => checkChain?.()),
    ])
    return { store, chain }
  }
}
