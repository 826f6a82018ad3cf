/**
 * Keeps what is dear to make of a secret: a native key, an expanded one. Bounded, and looked up by the secret itself
 * rather than by its bytes, since a map's key made of them would be a copy that nobody could wipe.
 */
import type { Secret, SecretUser } from '../core/secret.ts'
import { createLru } from './lru.ts'

/** What was made of a secret: from the cache, or made now. */
export type SecretCache<Value> = (secret: Secret, make: (secret: Secret) => Value) => Value

/** Values kept by one cache: a process that hosts more agents than that imports some of their keys again. */
const maxCachedSecrets = 1024

/**
 * @param drop wipes a value that goes: pushed out by others, or because its secret is destroyed
 * @param capacity values kept
 */
export function createSecretCache<Value>(
  drop: (value: Value) => void,
  capacity: number = maxCachedSecrets,
): SecretCache<Value> {
  const values = createLru<Secret, Value>(capacity, drop)
  const user: SecretUser = { forget: (secret) => values.delete(secret) }
  return (secret, make) => {
    let value = values.get(secret)
    if (value === undefined) {
      value = make(secret)
      values.set(secret, value)
      secret.usedBy(user)
    }
    return value
  }
}
