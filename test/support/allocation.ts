/** How much memory a call asks for, told before the platform can put it off: deterministic, unlike a heap's size. */

/** Bytes that a call asks for by `new Uint8Array(length)`. What it does not give back later counts just as well. */
export function allocatedBy(call: () => unknown): number {
  const original = globalThis.Uint8Array
  let bytes = 0
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args: [], newTarget) {
      const [length] = args as unknown[]
      if (typeof length === 'number') bytes += length
      return Reflect.construct(target, args, newTarget)
    },
  })
  try {
    call()
  } finally {
    globalThis.Uint8Array = original
  }
  return bytes
}
