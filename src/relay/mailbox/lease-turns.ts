/**
 * Which message is leased next (SPEC §8.6): the highest class first, in order of arrival within it; but every eighth is
 * the oldest that waits, so that a stream of urgent messages cannot starve the others. Turns are counted, not timed: an
 * agent that was away for a day still gets what is urgent first, and no clock can change the order.
 */

/** Every message of this number that a mailbox leases is the oldest that waits. */
const oldestTurn = 8
/** How many mailboxes' turns are remembered; the count of one that is forgotten begins again. */
const maxCounted = 100_000

/** Counts the messages leased from each mailbox. */
export class LeaseTurns<Key> {
  readonly #given = new Map<Key, number>()

  /** How many messages a mailbox has leased since the last turn of the oldest, 0 to 7. */
  given(mailbox: Key): number {
    return this.#given.get(mailbox) ?? 0
  }

  /** Notes that a mailbox has leased some more. */
  add(mailbox: Key, count: number): void {
    const given = (this.given(mailbox) + count) % oldestTurn
    if (given === 0) this.#given.delete(mailbox)
    else {
      if (this.#given.size >= maxCounted) this.#given.clear()
      this.#given.set(mailbox, given)
    }
  }

  /** Begins to count a mailbox anew. */
  forget(mailbox: Key): void {
    this.#given.delete(mailbox)
  }
}

/** What a choice is made from; both go over the same messages, and are read only as far as needed. */
export interface Waiting<Row> {
  /** Highest class first, then in order of arrival. */
  readonly byClass: Iterable<Row>
  /** In order of arrival. */
  readonly byArrival: Iterable<Row>
}

/** Messages in the order in which they are to be leased. @param given see `LeaseTurns.given` */
export function* inTurn<Row extends { readonly seq: number }>(waiting: Waiting<Row>, given: number): Generator<Row> {
  const [byClass, byArrival] = [waiting.byClass[Symbol.iterator](), waiting.byArrival[Symbol.iterator]()]
  const chosen = new Set<number>()
  for (let turn = given + 1; ; turn++) {
    const rows = turn % oldestTurn === 0 ? byArrival : byClass
    let next = rows.next()
    while (!next.done && chosen.has(next.value.seq)) next = rows.next()
    if (next.done) return
    chosen.add(next.value.seq)
    yield next.value
  }
}

/** The first rows, as many as fit. @param bounds `maxBytes` is exceeded by the first row only */
export function fitting<Row>(
  rows: Iterable<Row>,
  sizeOf: (row: Row) => number,
  bounds: { readonly count: number; readonly maxBytes?: number | undefined },
): Row[] {
  const { count, maxBytes = Number.POSITIVE_INFINITY } = bounds
  const chosen: Row[] = []
  let bytes = 0
  if (count < 1) return chosen
  for (const row of rows) {
    bytes += sizeOf(row)
    if (chosen.length > 0 && bytes > maxBytes) break
    if (chosen.push(row) === count) break
  }
  return chosen
}
