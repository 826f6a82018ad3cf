/** The parts of a running relay, joined. */
import { Admission } from './admission.ts'
import { CardMirror } from './card-mirror.ts'
import type { RelayContext } from './config.ts'
import { SettingsBook } from './mailbox-settings.ts'
import { Metrics } from './metrics.ts'
import { Readiness } from './readiness.ts'
import { Sessions } from './sessions.ts'
import { SingleUse } from './single-use.ts'
import { Submissions } from './submission.ts'
import { WalletLogin } from './wallet-login.ts'

/** How many WebSockets there are, and what they hold in memory. */
export interface SocketGauges {
  readonly size: number
  readonly bufferedBytes: number
}

/** What operations need. */
export interface Services {
  readonly context: RelayContext
  readonly submissions: Submissions
  readonly sessions: Sessions
  readonly walletLogin: WalletLogin
  readonly admission: Admission
  readonly settings: SettingsBook
  readonly cards: CardMirror
  readonly metrics: Metrics
  readonly readiness: Readiness
}

/** Joins them. @param sockets the open WebSockets, which need the services themselves */
export function createServices(given: RelayContext, sockets: () => SocketGauges): Services {
  const cards = new CardMirror(given.directory)
  const context = { ...given, directory: cards }
  const singleUse = new SingleUse(context)
  const sessions = new Sessions(context, singleUse)
  const gauges = async () => {
    const { mailboxes, messages, bytes } = await context.mailbox.stats()
    return {
      herald_relay_sockets: sockets().size,
      herald_relay_buffered_bytes: sockets().bufferedBytes,
      herald_relay_mailboxes: mailboxes,
      herald_relay_messages: messages,
      herald_relay_message_bytes: bytes,
      process_resident_memory_bytes: process.memoryUsage.rss(),
    }
  }
  return {
    context,
    sessions,
    cards,
    submissions: new Submissions(context),
    walletLogin: new WalletLogin(context, sessions, singleUse),
    admission: new Admission(context),
    settings: new SettingsBook(context),
    metrics: new Metrics(gauges),
    readiness: new Readiness(context),
  }
}
