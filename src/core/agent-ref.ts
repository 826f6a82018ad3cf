/**
 * Who an agent is: an account on a chain, and the registry on that chain that says which keys speak for it.
 * Text at the edges is CAIP-10 (`eip155:<chain id>:<address>`); inside structures it is binary (SPEC §1.3).
 */
import { InvalidArgumentError } from './errors.ts'
import { type Address, asAddress } from './ids.ts'

/** One agent under one registry. */
export interface AgentRef {
  /** EIP-155 chain id, 1 to 2^53 - 1. */
  readonly chainId: number
  /** The AgentRegistry contract. */
  readonly registry: Address
  /** The agent's account. */
  readonly address: Address
}

/** An account as CAIP-10 text says it. */
export interface AccountId {
  readonly chainId: number
  readonly address: Address
}

const caip10 = /^eip155:([1-9][0-9]{0,15}):(0x[0-9a-fA-F]{40})$/

/**
 * Reads a CAIP-10 account of the `eip155` namespace.
 *
 * @throws InvalidArgumentError on any other text, and on a chain id above 2^53 - 1
 */
export function parseAccountId(text: string): AccountId {
  const match = caip10.exec(text)
  const chainId = Number(match?.[1])
  if (!match?.[2] || !Number.isSafeInteger(chainId))
    throw new InvalidArgumentError({ argument: 'account', expected: 'CAIP-10 text, eip155:<chain id>:<address>' })
  return { chainId, address: asAddress(match[2]) }
}

/** Writes an account as CAIP-10 text. */
export function formatAccountId(account: AccountId): string {
  return `eip155:${account.chainId}:${account.address}`
}

/** Tells whether two references name the same agent under the same registry. */
export function sameAgent(a: AgentRef, b: AgentRef): boolean {
  return a.chainId === b.chainId && a.registry === b.registry && a.address === b.address
}
