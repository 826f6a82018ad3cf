/**
 * What can go wrong where records are proven (SPEC §7.5): each error names the endpoint whose answer does not hold, by
 * the origin of its URL. Block numbers are numbers, so that facts can be logged as JSON.
 */
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'

/** An endpoint's failure, in short: the error's own code and what it was about. */
export interface FaultSummary {
  readonly endpoint: string
  readonly code: string
}

/** An endpoint's word on which block is the newest. */
export interface BlockAnswer {
  readonly endpoint: string
  readonly blockNumber: number
  readonly blockHash: Hex
}

/** The part of a proof that does not hold. */
export type ProofPart =
  | 'block_number'
  | 'block_hash'
  | 'account_proof'
  | 'account_value'
  | 'storage_key'
  | 'storage_proof'
  | 'storage_value'

function listOf(faults: readonly FaultSummary[]): string {
  return faults.map(({ endpoint, code }) => `${endpoint} ${code}`).join(', ') || 'none'
}

/** The endpoint gives another block than the one that a quorum agrees on: it is on another branch, or lies. */
export class RpcDisagreesError extends HeraldError<{
  endpoint: string
  blockNumber: number
  answered: Hex
  agreed: Hex
}> {
  constructor(facts: { endpoint: string; blockNumber: number; answered: Hex; agreed: Hex }) {
    super({
      name: 'Registry.RpcDisagreesError',
      code: 'registry.rpc_disagrees',
      retry: 'later',
      message: `${facts.endpoint} gives block ${facts.blockNumber} as ${facts.answered}, a quorum as ${facts.agreed}`,
      facts,
    })
  }
}

/** The endpoint does not show a block that a quorum has: it lags behind, or holds recent blocks back. */
export class RpcBehindError extends HeraldError<{
  endpoint: string
  blockNumber: number
  head: number
  behindMillis: Millis | undefined
}> {
  constructor(facts: { endpoint: string; blockNumber: number; head: number; behindMillis: Millis | undefined }) {
    super({
      name: 'Registry.RpcBehindError',
      code: 'registry.rpc_behind',
      retry: 'later',
      message: `${facts.endpoint} does not give block ${facts.blockNumber}; the newest it shows is ${facts.head}`,
      facts,
    })
  }
}

/** A part of the endpoint's answer does not hash to what it has to: it lies, is damaged, or the chain hashes otherwise. */
export class ProofInvalidError extends HeraldError<{ endpoint: string; blockNumber: number; part: ProofPart }> {
  constructor(facts: { endpoint: string; blockNumber: number; part: ProofPart }, cause?: unknown) {
    super({
      name: 'Registry.ProofInvalidError',
      code: 'registry.proof_invalid',
      retry: 'later',
      message: `${facts.endpoint} gives a proof at block ${facts.blockNumber} whose ${facts.part} does not hold`,
      facts,
      cause,
    })
  }
}

/** Too few endpoints agree on a block: nothing that depends on it is believed. The cause holds each endpoint's error. */
export class QuorumUnreachableError extends HeraldError<{
  quorum: number
  endpoints: number
  answers: readonly BlockAnswer[]
  faults: readonly FaultSummary[]
}> {
  constructor(
    facts: {
      quorum: number
      endpoints: number
      answers: readonly BlockAnswer[]
      faults: readonly FaultSummary[]
    },
    cause: unknown,
  ) {
    const answers = facts.answers.map(
      ({ endpoint, blockNumber, blockHash }) => `${endpoint} ${blockNumber} ${blockHash}`,
    )
    super({
      name: 'Registry.QuorumUnreachableError',
      code: 'registry.quorum_unreachable',
      retry: 'later',
      message:
        `fewer than ${facts.quorum} of ${facts.endpoints} endpoints agree on a block; ` +
        `answers: ${answers.join(', ') || 'none'}; failures: ${listOf(facts.faults)}`,
      facts,
      cause,
    })
  }
}

/** A quorum agrees on a block, and no endpoint proves what is asked at it. The cause holds each endpoint's error. */
export class ProofUnavailableError extends HeraldError<{ blockNumber: number; faults: readonly FaultSummary[] }> {
  constructor(facts: { blockNumber: number; faults: readonly FaultSummary[] }, cause: unknown) {
    super({
      name: 'Registry.ProofUnavailableError',
      code: 'registry.proof_unavailable',
      retry: 'later',
      message: `no endpoint proves the registry's state at block ${facts.blockNumber}: ${listOf(facts.faults)}`,
      facts,
      cause,
    })
  }
}

/** The newest block that a quorum shows is too old: the chain stands still, or recent blocks are held back. */
export class BlockStaleError extends HeraldError<{
  endpoints: readonly string[]
  blockNumber: number
  ageMillis: Millis
  maxAgeMillis: Millis
}> {
  constructor(facts: {
    endpoints: readonly string[]
    blockNumber: number
    ageMillis: Millis
    maxAgeMillis: Millis
  }) {
    super({
      name: 'Registry.BlockStaleError',
      code: 'registry.block_stale',
      retry: 'later',
      message: `${facts.endpoints.join(', ')} show block ${facts.blockNumber} as newest, ${facts.ageMillis} ms old; at most ${facts.maxAgeMillis} are taken`,
      facts,
    })
  }
}

/** Proofs are to be checked, and the optional library that checks them is not installed. */
export class ProofLibraryMissingError extends HeraldError<{ library: string }> {
  constructor(facts: { library: string }, cause: unknown) {
    super({
      name: 'Registry.ProofLibraryMissingError',
      code: 'registry.proof_library_missing',
      retry: 'never',
      message: `checking proofs needs the package ${facts.library}: npm install ${facts.library}`,
      facts,
      cause,
    })
  }
}
