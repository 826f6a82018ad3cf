/** Reads every row of a table, or of a prefix in it, page by page. */
import type { Store, StoreRow, StoreTable } from '../store/port.ts'

const pageRows = 500

/** Rows in key order. */
export async function scanAll(store: Store, table: StoreTable, prefix = ''): Promise<StoreRow[]> {
  const all: StoreRow[] = []
  for (;;) {
    const after = all.at(-1)?.key
    const rows = await store.scan(table, { prefix, limit: pageRows, ...(after === undefined ? {} : { after }) })
    all.push(...rows)
    if (rows.length < pageRows) return all
  }
}
