/** What the AgentRegistry contract refuses about control of an agent: controller, guardian and recovery. */
import { HeraldError } from '../core/errors.ts'
import type { Address, Seconds } from '../core/ids.ts'

/** Control of the agent is not offered to the account that wanted to take it. */
export class NotCandidateError extends HeraldError<{ agent: Address; caller: Address; candidate: Address }> {
  constructor(facts: { agent: Address; caller: Address; candidate: Address }) {
    super({
      name: 'Registry.NotCandidateError',
      code: 'registry.not_candidate',
      retry: 'never',
      message: `control of ${facts.agent} is offered to ${facts.candidate}, not ${facts.caller}`,
      facts,
    })
  }
}

/** Control cannot pass to the zero address. */
export class ZeroCandidateError extends HeraldError<{ agent: Address }> {
  constructor(facts: { agent: Address }) {
    super({
      name: 'Registry.ZeroCandidateError',
      code: 'registry.zero_candidate',
      retry: 'never',
      message: `control of ${facts.agent} cannot pass to the zero address`,
      facts,
    })
  }
}

/** No recovery of the agent is under way. */
export class NoRecoveryError extends HeraldError<{ agent: Address }> {
  constructor(facts: { agent: Address }) {
    super({
      name: 'Registry.NoRecoveryError',
      code: 'registry.no_recovery',
      retry: 'never',
      message: `no recovery of ${facts.agent} is under way`,
      facts,
    })
  }
}

/** The controller can still veto the recovery. */
export class RecoveryTooEarlyError extends HeraldError<{ agent: Address; recoverableAt: Seconds; timestamp: Seconds }> {
  constructor(facts: { agent: Address; recoverableAt: Seconds; timestamp: Seconds }) {
    super({
      name: 'Registry.RecoveryTooEarlyError',
      code: 'registry.recovery_too_early',
      retry: 'later',
      message: `control of ${facts.agent} can be recovered from ${facts.recoverableAt} on, and it is ${facts.timestamp}`,
      facts,
    })
  }
}
