/**
 * The port through which a relay lets a person in by wallet: Sign-In with Ethereum (EIP-4361). The registry folder
 * implements it over a chain, since verifying a wallet's signature may need one (ERC-1271).
 */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Address, Millis } from '../core/ids.ts'

/** What a wallet is asked to sign. */
export interface WalletMessage {
  readonly wallet: Address
  readonly chainId: number
  /** Host and port that ask, as browsers show it. */
  readonly domain: string
  /** Origin that asks. */
  readonly uri: string
  /** What signing means, in words for the person. */
  readonly statement: string
  /** 64 hexadecimal digits. */
  readonly nonce: string
  readonly issuedAt: Millis
  readonly expires: Millis
}

/** Writes and checks what wallets sign. */
export interface WalletVerifier {
  /** The text of EIP-4361. */
  write(message: WalletMessage): string
  /** Reads such a text; nothing when it is none. */
  read(text: string): WalletMessage | undefined
  /** Whether the wallet signed the text. @throws `registry.*` when the chain has to be asked and cannot */
  isSigned(wallet: Address, text: string, signature: Uint8Array): Promise<boolean>
  /** Whether the wallet controls the agent now, by an answer at most some seconds old. @throws `registry.*` */
  controls(wallet: Address, agent: AgentRef): Promise<boolean>
}
