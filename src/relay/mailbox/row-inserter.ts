/** Inserting many rows by few statements: calling a statement costs as much as the row. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** Rows of one statement, largest first. */
const sizes = [16, 4, 1] as const

/** Inserts rows into one table. */
export class RowInserter {
  readonly #statements: readonly (readonly [rows: number, StatementSync])[]

  /** @param columns of the table, as SQL */
  constructor(db: DatabaseSync, table: string, columns: readonly string[]) {
    const row = `(${columns.map(() => '?').join(', ')})`
    this.#statements = sizes.map((size) => {
      const rows = Array<string>(size).fill(row).join(', ')
      return [size, db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows}`)]
    })
  }

  /** Inserts rows in their order. @param rows values in the order of the columns */
  insert(rows: readonly (readonly SQLInputValue[])[]): void {
    let from = 0
    for (const [size, statement] of this.#statements)
      for (; rows.length - from >= size; from += size) statement.run(...rows.slice(from, from + size).flat())
  }
}
