/** Inputs that come in turn, so that what is cached of one is not there when it comes again. */

/** Gives the items one after the other, without end. @param items at least one */
export function rotation<Item>(items: readonly Item[]): () => Item {
  let turn = 0
  return () => items[turn++ % items.length] as Item
}

/** Makes so many items. */
export function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
