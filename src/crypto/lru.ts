/** A bounded map that forgets what was used longest ago. */

/** The part of a map that a cache needs. */
export interface Lru<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  /** Forgets one entry, if it is there. */
  delete(key: Key): void
}

/**
 * @param capacity entries kept, at least 1
 * @param drop told every value that goes: pushed out, replaced by another or deleted
 */
export function createLru<Key, Value>(capacity: number, drop?: (value: Value) => void): Lru<Key, Value> {
  const entries = new Map<Key, Value>()

  function remove(key: Key): void {
    const value = entries.get(key)
    if (entries.delete(key)) drop?.(value as Value)
  }

  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      if (entries.get(key) !== value) remove(key)
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > capacity) remove(entries.keys().next().value as Key)
    },
    delete: remove,
  }
}
