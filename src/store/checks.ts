/** What every store refuses, before anything is written: so all of them refuse the same. */
import { InvalidArgumentError } from '../core/errors.ts'
import { InvalidKeyError, InvalidLimitError, ValueTooLargeError } from './errors.ts'
import { type PutOptions, type ScanOptions, type StoreChange, type StoreTable, storeTables } from './port.ts'

/** A key has at most this many characters. */
const maxKeyLength = 256
/** A scan gives at most this many rows. */
const maxScanRows = 1000
/** A value is at most this long: 64 MiB. */
const maxValueBytes = 67_108_864

const printableAscii = /^[ -~]*$/

function assertText(argument: string, text: unknown, min: number): void {
  const length = typeof text === 'string' ? text.length : 0
  if (typeof text !== 'string' || length < min || length > maxKeyLength || !printableAscii.test(text))
    throw new InvalidKeyError({ argument, length, limit: maxKeyLength })
}

/** Refuses what is none of the tables. @throws InvalidArgumentError */
export function assertTable(table: StoreTable): void {
  if (!storeTables.includes(table))
    throw new InvalidArgumentError({ argument: 'table', expected: storeTables.join(', ') })
}

/** Refuses a table that is none, and a key that is not 1 to 256 characters of printable ASCII. @throws `store.*` */
export function assertKey(table: StoreTable, key: string): void {
  assertTable(table)
  assertText('key', key, 1)
}

/** Refuses a row that a store cannot hold. @throws `store.invalid_key`, `store.value_too_large` */
export function assertRow(table: StoreTable, key: string, value: Uint8Array, options: PutOptions = {}): void {
  assertKey(table, key)
  if (!(value instanceof Uint8Array)) throw new InvalidArgumentError({ argument: 'value', expected: 'bytes' })
  if (value.length > maxValueBytes) throw new ValueTooLargeError({ length: value.length, limit: maxValueBytes })
  const { expiresAt } = options
  if (expiresAt !== undefined && (!Number.isSafeInteger(expiresAt) || expiresAt < 0))
    throw new InvalidArgumentError({ argument: 'expiresAt', expected: 'whole milliseconds since 1970' })
}

/** Refuses a scan without bounds that make sense. @throws `store.invalid_key`, `store.invalid_limit` */
export function assertScan(table: StoreTable, options: ScanOptions): void {
  assertTable(table)
  const { limit } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > maxScanRows)
    throw new InvalidLimitError({ limit, min: 1, max: maxScanRows })
  assertText('prefix', options.prefix ?? '', 0)
  assertText('after', options.after ?? '', 0)
}

/** Refuses a batch of which any change is refused. @throws what `assertRow` and `assertKey` throw */
export function assertChanges(changes: readonly StoreChange[]): void {
  for (const change of changes) {
    if ('put' in change) assertRow(change.table, change.put.key, change.put.value, change.put)
    else assertKey(change.table, change.delete)
  }
}

/** Refuses a time that is none. @throws InvalidArgumentError */
export function assertTime(now: number): void {
  if (!Number.isSafeInteger(now)) throw new InvalidArgumentError({ argument: 'now', expected: 'whole milliseconds' })
}
