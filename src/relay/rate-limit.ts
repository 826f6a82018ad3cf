/** Token buckets by key, in bounded memory. */
import type { Millis } from '../core/ids.ts'

interface Bucket {
  tokens: number
  at: Millis
}

/** How buckets are filled. */
export interface RateLimitOptions {
  /** Tokens in a full bucket. */
  readonly burst: number
  readonly perSecond: number
  /** Buckets remembered; beyond that the one used longest ago is forgotten. */
  readonly maxKeys: number
}

/** Buckets that start full. */
export class RateLimit {
  readonly #options: RateLimitOptions
  readonly #buckets = new Map<string, Bucket>()
  #last: { readonly key: string; readonly bucket: Bucket } | undefined

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Takes a token. Gives 0, or after how many seconds to try again when there is none. */
  take(key: string, now: Millis): number {
    const { burst, perSecond } = this.#options
    const bucket = this.#bucketOf(key, now)
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    bucket.tokens -= 1
    return 0
  }

  /** The bucket of a key, which becomes the one used last. Messages of one sender come in a row. */
  #bucketOf(key: string, now: Millis): Bucket {
    if (this.#last?.key === key) return this.#last.bucket
    const { burst, maxKeys } = this.#options
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    this.#last = { key, bucket }
    if (this.#buckets.size > maxKeys) this.#buckets.delete(this.#buckets.keys().next().value as string)
    return bucket
  }
}
