/** Wallets without a chain, for tests of what a relay does with them. The text is JSON in place of EIP-4361. */
import type { WalletMessage, WalletVerifier } from '../../src/identity/wallet-verifier.ts'

/** @param change what a test wants otherwise; signatures are good and nobody controls anything when left out */
export function fakeWallets(change: Partial<WalletVerifier> = {}): WalletVerifier {
  return {
    write: (message) => JSON.stringify(message),
    read: (text) => {
      try {
        return JSON.parse(text) as WalletMessage
      } catch {
        return undefined
      }
    },
    isSigned: async () => true,
    controls: async () => false,
    ...change,
  }
}
