/** What the owner of a mailbox decides about it (SPEC §8.8): who may write, and how long mail is kept. */
import { fromUtf8, type Hex, utf8 } from '../core/bytes.ts'
import type { MailboxId, Millis } from '../core/ids.ts'
import { maxLifetimeMillis } from '../core/limits.ts'
import { maxStampBits } from '../wire/stamp.ts'
import { hex, integer, list, object, oneOf, type Read, withDefault } from './api/schema.ts'
import type { RelayContext } from './config.ts'

/** Tokens of one mailbox that are good at a time. */
const maxWriters = 48
/** Mail is kept at least this long: long enough for a reader that reconnects. */
const minRetentionMillis: Millis = 60_000

/** The settings, as the API has them and as they are kept. */
export const settingsSchema = object({
  write: withDefault(oneOf(['open', 'registered', 'contacts']), 'open'),
  writers: withDefault(list(hex<Hex>(32), 0, maxWriters), []),
  stampBits: withDefault(integer(0, maxStampBits), 0),
  retentionMillis: withDefault(integer(minRetentionMillis, maxLifetimeMillis), maxLifetimeMillis),
})

/** What an owner decided. */
export type MailboxSettings = Read<typeof settingsSchema>

/** Settings remembered at a time. */
const maxCached = 10_000
/** What another process wrote shows after this long. */
const freshMillis: Millis = 5000

interface Remembered {
  readonly settings: MailboxSettings
  readonly until: Millis
}

/** The settings of all mailboxes; those in use are remembered for a moment. */
export class SettingsBook {
  readonly #context: RelayContext
  readonly #remembered = new Map<MailboxId, Remembered>()

  constructor(context: RelayContext) {
    this.#context = context
  }

  /** The settings of a mailbox where they are remembered. */
  remembered(mailbox: MailboxId): MailboxSettings | undefined {
    const known = this.#remembered.get(mailbox)
    return known !== undefined && known.until > this.#context.ambient.now() ? known.settings : undefined
  }

  /** The settings of a mailbox; the defaults when its owner decided nothing. */
  async of(mailbox: MailboxId): Promise<MailboxSettings> {
    const known = this.remembered(mailbox)
    if (known !== undefined) return known
    const record = await this.#context.mailbox.settings(mailbox)
    const settings = settingsSchema.parse(record === undefined ? {} : JSON.parse(fromUtf8(record)))
    this.#remember(mailbox, settings)
    return settings
  }

  /** Keeps settings; durable when resolved. */
  async change(mailbox: MailboxId, settings: MailboxSettings): Promise<void> {
    await this.#context.mailbox.configure(mailbox, utf8(JSON.stringify(settings)))
    this.#remember(mailbox, settings)
  }

  #remember(mailbox: MailboxId, settings: MailboxSettings): void {
    this.#remembered.delete(mailbox)
    this.#remembered.set(mailbox, { settings, until: this.#context.ambient.now() + freshMillis })
    if (this.#remembered.size > maxCached) this.#remembered.delete(this.#remembered.keys().next().value as MailboxId)
  }

  /** Forgets what is remembered of a mailbox. */
  forget(mailbox: MailboxId): void {
    this.#remembered.delete(mailbox)
  }
}
