/** How a mailbox store can fail. */
import { HeraldError } from '../../core/errors.ts'

/** Another process has the database open. */
export class StoreLockedError extends HeraldError<{ file: string }> {
  constructor(facts: { file: string }) {
    super({
      name: 'Relay.StoreLockedError',
      code: 'relay.store_locked',
      retry: 'later',
      message: `${facts.file} is in use by another relay process`,
      facts,
    })
  }
}

/** The file is not a mailbox database, or one of another version. */
export class StoreVersionError extends HeraldError<{ file: string; found: number; supported: number }> {
  constructor(facts: { file: string; found: number; supported: number }) {
    super({
      name: 'Relay.StoreVersionError',
      code: 'relay.store_version',
      retry: 'never',
      message: `${facts.file} has schema version ${facts.found}, this relay reads ${facts.supported}`,
      facts,
    })
  }
}

/** The disk is full: nothing of the request was kept. */
export class StorageFullError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.StorageFullError',
      code: 'relay.storage_full',
      retry: 'later',
      message: 'the relay has no room left',
      facts: {},
    })
  }
}

/** The store could not read or write: nothing of the request was kept. */
export class StoreFailedError extends HeraldError<{ reason: string }> {
  constructor(facts: { reason: string }) {
    super({
      name: 'Relay.StoreFailedError',
      code: 'relay.store_failed',
      retry: 'later',
      message: `the mailbox store failed: ${facts.reason}`,
      facts,
    })
  }
}

/** The store was closed before or during the request. */
export class StoreClosedError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.StoreClosedError',
      code: 'relay.store_closed',
      retry: 'never',
      message: 'the mailbox store is closed',
      facts: {},
    })
  }
}
