/** The relay as a library: `import { createRelay, sqliteMailbox } from 'herald/relay'`. */
export {
  defaultRelayLimits,
  type RelayConfig,
  type RelayLimits,
  type RelayLogEntry,
  type RelaySpan,
  type RelayTls,
} from './config.ts'
export { createRelay, type Relay } from './create-relay.ts'
export { memoryMailbox } from './mailbox/memory-mailbox.ts'
export type {
  AppendItem,
  AppendOutcome,
  LeasedMessage,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  MailboxStore,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
  StoredMessage,
} from './mailbox/port.ts'
export { type SqliteMailboxOptions, sqliteMailbox } from './mailbox/sqlite-mailbox.ts'
