/**
 * Revert data to typed errors: a decoder made from an ABI and one entry for each of its custom errors. The types demand
 * an entry for every error, so that a new one in a contract does not compile until it has its class.
 */
import type { Abi, ContractErrorArgs, ContractErrorName } from 'viem'
import { decodeErrorResult } from 'viem/utils'
import type { Hex } from '../core/bytes.ts'
import type { HeraldError } from '../core/errors.ts'
import { asAddress, asCardId } from '../core/ids.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { NoRecoveryError, NotCandidateError, RecoveryTooEarlyError, ZeroCandidateError } from './control-errors.ts'
import { UnknownCardError } from './errors.ts'
import {
  AlreadyRevokedError,
  AsOfBeforeTimeError,
  CardTooLongError,
  CardTooShortError,
  CompromiseOutOfRangeError,
  DuplicateCardError,
  ExpiredSignatureError,
  GasBelowFloorError,
  GraceInPastError,
  GraceWithoutPreviousError,
  GuardianBackdatesError,
  InvalidSignatureError,
  MalleableSignatureError,
  StaleEpochError,
  UnauthorizedError,
  ZeroAgentError,
} from './revert-errors.ts'

/** For each custom error of an ABI, by name: the typed error made of its values. */
export type RevertTable<ContractAbi extends Abi> = {
  readonly [Name in ContractErrorName<ContractAbi>]: (
    ...values: ContractErrorArgs<ContractAbi, Name> extends infer Args extends readonly unknown[] ? Args : readonly []
  ) => HeraldError
}

/** Reads revert data: the typed error, or nothing when the ABI does not name it. */
export type RevertDecoder = (data: Hex) => HeraldError | undefined

/** Makes the decoder of a contract's reverts. @param abi of the contract @param table an entry for each of its errors */
export function createRevertDecoder<const ContractAbi extends Abi>(
  abi: ContractAbi,
  table: RevertTable<ContractAbi>,
): RevertDecoder {
  const entries = table as unknown as Readonly<Record<string, (...values: readonly unknown[]) => HeraldError>>
  return (data) => {
    try {
      const { errorName, args } = decodeErrorResult({ abi: abi as Abi, data })
      return Object.hasOwn(entries, errorName) ? entries[errorName]?.(...(args ?? [])) : undefined
    } catch {
      return undefined
    }
  }
}

/** An entry for each custom error of the AgentRegistry contract. */
export const registryRevertTable: RevertTable<typeof agentRegistryAbi> = {
  AgentRegistryUnauthorized: (agent, caller) =>
    new UnauthorizedError({ agent: asAddress(agent), caller: asAddress(caller) }),
  AgentRegistryZeroAgent: () => new ZeroAgentError(),
  AgentRegistryStaleEpoch: (agent, previous, current) =>
    new StaleEpochError({ agent: asAddress(agent), previous: asCardId(previous), current: asCardId(current) }),
  AgentRegistryGraceInPast: (previousValidUntil, timestamp) => new GraceInPastError({ previousValidUntil, timestamp }),
  AgentRegistryGraceWithoutPrevious: (agent, previousValidUntil) =>
    new GraceWithoutPreviousError({ agent: asAddress(agent), previousValidUntil }),
  AgentRegistryDuplicateCard: (agent, cardId) =>
    new DuplicateCardError({ agent: asAddress(agent), cardId: asCardId(cardId) }),
  AgentRegistryCardTooShort: (length, minLength) =>
    new CardTooShortError({ length: Number(length), minLength: Number(minLength) }),
  AgentRegistryCardTooLong: (length, maxLength) =>
    new CardTooLongError({ length: Number(length), maxLength: Number(maxLength) }),
  AgentRegistryUnknownCard: (agent, cardId) =>
    new UnknownCardError({ agent: asAddress(agent), cardId: asCardId(cardId) }),
  AgentRegistryAlreadyRevoked: (agent, cardId, revokedAt) =>
    new AlreadyRevokedError({ agent: asAddress(agent), cardId: asCardId(cardId), revokedAt }),
  AgentRegistryCompromiseOutOfRange: (compromisedSince, validFrom, timestamp) =>
    new CompromiseOutOfRangeError({ compromisedSince, validFrom, timestamp }),
  AgentRegistryGuardianBackdates: (agent, guardian, compromisedSince) =>
    new GuardianBackdatesError({ agent: asAddress(agent), guardian: asAddress(guardian), compromisedSince }),
  AgentRegistryExpiredSignature: (agent, deadline, timestamp) =>
    new ExpiredSignatureError({ agent: asAddress(agent), deadline, timestamp }),
  AgentRegistryInvalidSignature: (agent, controller, digest) =>
    new InvalidSignatureError({ agent: asAddress(agent), controller: asAddress(controller), digest }),
  AgentRegistryMalleableSignature: (agent, controller, digest) =>
    new MalleableSignatureError({ agent: asAddress(agent), controller: asAddress(controller), digest }),
  AgentRegistryGasBelowFloor: (index, gasLeft, gasFloor) =>
    new GasBelowFloorError({ index: Number(index), gasLeft: Number(gasLeft), gasFloor: Number(gasFloor) }),
  AgentRegistryNotCandidate: (agent, caller, candidate) =>
    new NotCandidateError({ agent: asAddress(agent), caller: asAddress(caller), candidate: asAddress(candidate) }),
  AgentRegistryZeroCandidate: (agent) => new ZeroCandidateError({ agent: asAddress(agent) }),
  AgentRegistryNoRecovery: (agent) => new NoRecoveryError({ agent: asAddress(agent) }),
  AgentRegistryRecoveryTooEarly: (agent, recoverableAt, timestamp) =>
    new RecoveryTooEarlyError({ agent: asAddress(agent), recoverableAt, timestamp }),
  AgentRegistryAsOfBeforeTime: (time, asOf) => new AsOfBeforeTimeError({ time, asOf }),
}

/** Reads the revert data of the AgentRegistry contract. */
export const decodeRegistryRevert: RevertDecoder = createRevertDecoder(agentRegistryAbi, registryRevertTable)
