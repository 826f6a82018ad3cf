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

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Takes a token. Gives 0, or after how many seconds to try again when there is none. */
  take(key: string, now: Millis): number {
    const { burst, perSecond, maxKeys } = this.#options
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > maxKeys) this.#buckets.delete(this.#buckets.keys().next().value as string)
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    bucket.tokens -= 1
    return 0
  }
}
