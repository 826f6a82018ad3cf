/** The registry's record of a card, from the contract's struct. */
import type { ContractFunctionReturnType } from 'viem'
import { type CardRecord, revocationReasons } from '../identity/card-directory.ts'
import type { agentRegistryAbi } from './abi/agent-registry.ts'

/** The struct `IAgentRegistry.Record` as viem decodes it. */
export type RawRecord = ContractFunctionReturnType<typeof agentRegistryAbi, 'view', 'record'>

/**
 * A record, or nothing when the card was never published. A reason this code does not know counts as `unspecified`.
 *
 * @param raw the struct; `validFrom` is 0 exactly when there is no such card
 */
export function cardRecordOf(raw: RawRecord): CardRecord | undefined {
  if (raw.validFrom === 0) return undefined
  return { ...raw, reason: revocationReasons[raw.reason] ?? 'unspecified' }
}
