/**
 * What a SQLite store keeps of a mailbox beside its messages: settings and the shelf, encrypted like bodies. Called
 * inside the transactions of `MailboxDatabase`.
 */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { concatBytes, fromUtf8, utf8 } from '../../core/bytes.ts'
import { idBytes } from '../../core/ids.ts'
import { openAtRest, sealAtRest } from './body-cipher.ts'
import type { Box } from './box-table.ts'
import { rememberedPackages, type ShelfPackage, type ShelfQuota, type ShelfStats, type ShelveOutcome } from './port.ts'
import { StoreFailureSignal } from './sqlite-schema.ts'

interface LyingRow {
  readonly place: number
  readonly last_resort: number
  readonly size: number
  readonly sealed: Uint8Array
}

function statements(db: DatabaseSync) {
  return {
    setting: db.prepare('SELECT sealed FROM setting WHERE mailbox = ?'),
    setSetting: db.prepare('INSERT OR REPLACE INTO setting (mailbox, sealed) VALUES (?, ?)'),
    dropSetting: db.prepare('DELETE FROM setting WHERE mailbox = ?'),
    isKnown: db.prepare('SELECT 1 FROM shelf WHERE mailbox = ? AND tag = ?'),
    lastPlace: db.prepare('SELECT max(place) AS place FROM shelf WHERE mailbox = ?'),
    lying: db.prepare(
      `SELECT place, last_resort, size, sealed FROM shelf WHERE mailbox = ? AND sealed IS NOT NULL
       ORDER BY last_resort, place`,
    ),
    next: db.prepare(
      `SELECT place, last_resort, size, sealed FROM shelf WHERE mailbox = ? AND sealed IS NOT NULL
       ORDER BY last_resort, place LIMIT 1`,
    ),
    add: db.prepare('INSERT INTO shelf (mailbox, place, tag, last_resort, size, sealed) VALUES (?, ?, ?, ?, ?, ?)'),
    empty: db.prepare('UPDATE shelf SET sealed = NULL, size = 0 WHERE mailbox = ? AND place = ?'),
    reseal: db.prepare('UPDATE shelf SET sealed = ? WHERE mailbox = ? AND place = ?'),
    trim: db.prepare(
      `DELETE FROM shelf WHERE mailbox = ?1 AND sealed IS NULL AND place <=
       (SELECT place FROM shelf WHERE mailbox = ?1 AND sealed IS NULL ORDER BY place DESC LIMIT 1 OFFSET ?2)`,
    ),
    stats: db.prepare(
      `SELECT total(last_resort = 0) AS oneTime, total(last_resort) AS lastResort, total(size) AS bytes
       FROM shelf WHERE mailbox = ? AND sealed IS NOT NULL`,
    ),
    dropShelf: db.prepare('DELETE FROM shelf WHERE mailbox = ?'),
    holds: db.prepare(
      'SELECT 1 FROM setting WHERE mailbox = ?1 UNION ALL SELECT 1 FROM shelf WHERE mailbox = ?1 LIMIT 1',
    ),
  }
}

/** Settings and shelves of all mailboxes. */
export class SideTables {
  readonly #sql: ReturnType<typeof statements>
  readonly #onDamaged: (place: number) => void

  /** @param onDamaged told the place of a package that was found damaged */
  constructor(db: DatabaseSync, onDamaged: (place: number) => void) {
    this.#sql = statements(db)
    this.#onDamaged = onDamaged
  }

  /** Whether a mailbox has settings or a shelf. */
  holds(no: number): boolean {
    return this.#sql.holds.get(no) !== undefined
  }

  /** The settings of a mailbox. @throws StoreFailureSignal when they are damaged: they may be what keeps others out */
  settings(box: Box): Uint8Array | undefined {
    const sealed = this.#sql.setting.get(box.no)?.['sealed'] as Uint8Array | undefined
    if (sealed === undefined) return undefined
    const settings = openAtRest(box.bodyKey, settingPlace(box), sealed)
    if (settings === undefined) throw new StoreFailureSignal({ kind: 'failed', reason: 'the settings are damaged' })
    return settings
  }

  /** Sets or removes the settings of a mailbox. */
  configure(box: Box, settings: Uint8Array | undefined): void {
    if (settings === undefined) this.#sql.dropSetting.run(box.no)
    else this.#sql.setSetting.run(box.no, sealAtRest(box.bodyKey, settingPlace(box), settings))
  }

  /** Lays packages out, all or none. */
  shelve(box: Box, packages: readonly ShelfPackage[], quota: ShelfQuota | undefined): ShelveOutcome {
    const fresh = new Map<string, ShelfPackage>()
    for (const one of packages)
      if (!fresh.has(one.id) && this.#sql.isKnown.get(box.no, tagOf(box, one.id)) === undefined) fresh.set(one.id, one)
    const added = [...fresh.values()]
    const lastResort = added.findLast((one) => one.lastResort)
    const lying = this.#sql.lying.all(box.no) as unknown as LyingRow[]
    const replaced = lastResort === undefined ? [] : lying.filter((row) => row.last_resort === 1)
    const laidOut = added.filter((one) => !one.lastResort || one === lastResort)
    const count = lying.length - replaced.length + laidOut.length
    const bytes = sum([...lying.map((row) => row.size), ...laidOut.map((one) => one.bytes.length)])
    if (quota !== undefined && (count > quota.maxPackages || bytes - sum(replaced.map((r) => r.size)) > quota.maxBytes))
      return { full: true }
    for (const row of replaced) this.#sql.empty.run(box.no, row.place)
    this.#add(box, added, (one) => laidOut.includes(one))
    this.#sql.trim.run(box.no, rememberedPackages)
    return { shelved: added.length }
  }

  #add(box: Box, packages: readonly ShelfPackage[], lies: (one: ShelfPackage) => boolean): void {
    let place = Number(this.#sql.lastPlace.get(box.no)?.['place'] ?? 0)
    for (const one of packages) {
      place += 1
      const { id, bytes, lastResort } = one
      const plain = concatBytes(Uint8Array.of(id.length), utf8(id), bytes)
      const sealed = lies(one) ? sealAtRest(box.bodyKey, shelfPlace(box, place, lastResort), plain) : null
      const size = sealed === null ? 0 : bytes.length
      this.#sql.add.run(box.no, place, tagOf(box, id), lastResort ? 1 : 0, size, sealed)
    }
  }

  /** Takes a package; a damaged one is named and thrown away, never given out. */
  take(box: Box): ShelfPackage | undefined {
    for (;;) {
      const row = this.#sql.next.get(box.no) as LyingRow | undefined
      if (row === undefined) return undefined
      const lastResort = row.last_resort === 1
      const plain = openAtRest(box.bodyKey, shelfPlace(box, row.place, lastResort), row.sealed)
      if (plain === undefined) this.#onDamaged(row.place)
      if (plain === undefined || !lastResort) {
        this.#sql.empty.run(box.no, row.place)
        this.#sql.trim.run(box.no, rememberedPackages)
      }
      if (plain === undefined) continue
      const idEnd = 1 + (plain[0] ?? 0)
      return { id: fromUtf8(plain.subarray(1, idEnd)), bytes: plain.slice(idEnd), lastResort }
    }
  }

  /** What lies on a shelf. */
  stats(box: Box): ShelfStats {
    const { oneTime, lastResort, bytes } = this.#sql.stats.get(box.no) as Record<string, number>
    return { oneTime: Number(oneTime), hasLastResort: Number(lastResort) > 0, bytes: Number(bytes) }
  }

  /** Moves settings and shelf from one key to another. What is damaged stays as it is. */
  reseal(old: Box, renewed: Box): void {
    const moved = (place: Uint8Array, sealed: Uint8Array) => {
      const plain = openAtRest(old.bodyKey, place, sealed)
      return plain && sealAtRest(renewed.bodyKey, place, plain)
    }
    const sealed = this.#sql.setting.get(old.no)?.['sealed'] as Uint8Array | undefined
    const settings = sealed && moved(settingPlace(old), sealed)
    if (settings !== undefined) this.#sql.setSetting.run(old.no, settings)
    for (const row of this.#sql.lying.all(old.no) as unknown as LyingRow[]) {
      const resealed = moved(shelfPlace(old, row.place, row.last_resort === 1), row.sealed)
      if (resealed !== undefined) this.#sql.reseal.run(resealed, old.no, row.place)
    }
  }

  /** Forgets all of a mailbox. */
  drop(no: number): void {
    this.#sql.dropSetting.run(no)
    this.#sql.dropShelf.run(no)
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

/** What names a package in the table: nothing without the mailbox's tag key. */
function tagOf(box: Box, id: string): Uint8Array {
  return hash('sha256', concatBytes(box.tagKey, utf8(`package ${id}`)), 'buffer')
}

function settingPlace(box: Box): Uint8Array {
  return concatBytes(utf8('mailbox settings'), idBytes(box.address))
}

function shelfPlace(box: Box, place: number, lastResort: boolean): Uint8Array {
  return concatBytes(utf8(`shelf ${lastResort ? 'last resort' : 'one-time'} ${place} `), idBytes(box.address))
}
