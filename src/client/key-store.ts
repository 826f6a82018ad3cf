/** The agent's own keys: kept before a card is published, and for as long as mail may be sealed for it. */
import type { CardId } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { deserializeKeyring, type Keyring, serializeKeyring } from '../identity/keyring.ts'
import type { Store } from '../store/port.ts'
import { scanAll } from './scan-all.ts'

/** Keys by card, read from the store once and held in memory. */
export interface KeyStore {
  get(cardId: CardId): Keyring | undefined
  /** Durable when resolved. */
  put(cardId: CardId, keyring: Keyring): Promise<void>
}

/** Reads the kept keys. */
export async function openKeyStore(backend: CryptoBackend, store: Store): Promise<KeyStore> {
  const rows = await scanAll(store, 'keyrings')
  const keyrings = new Map(rows.map(({ key, value }) => [key as CardId, deserializeKeyring(backend, value)]))
  return {
    get: (cardId) => keyrings.get(cardId),
    async put(cardId, keyring) {
      const secret = serializeKeyring(keyring)
      await store.put('keyrings', cardId, secret)
      secret.fill(0)
      keyrings.set(cardId, keyring)
    },
  }
}
