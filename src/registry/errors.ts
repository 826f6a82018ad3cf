/**
 * What the registry's client, or the RPC endpoint it asks, can get wrong. `endpoint` is the origin of the RPC URL: its
 * path may hold an API key, and stays out of every error.
 */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address, CardId } from '../core/ids.ts'

/** The RPC endpoint is down, slow, overloaded or turning requests away. */
export class RpcUnreachableError extends HeraldError<{
  endpoint: string
  method: string
  reason: 'timeout' | 'connection' | 'http' | 'limit'
  status: number | undefined
}> {
  constructor(
    facts: {
      endpoint: string
      method: string
      reason: 'timeout' | 'connection' | 'http' | 'limit'
      status: number | undefined
    },
    cause?: unknown,
  ) {
    super({
      name: 'Registry.RpcUnreachableError',
      code: 'registry.rpc_unreachable',
      retry: 'later',
      message: `${facts.endpoint} did not answer ${facts.method} (${facts.reason}${facts.status ? ` ${facts.status}` : ''})`,
      facts,
      cause,
    })
  }
}

/** The RPC endpoint answers with an HTTP status that a retry does not cure: a wrong URL or a missing key. */
export class RpcRefusedError extends HeraldError<{ endpoint: string; method: string; status: number }> {
  constructor(facts: { endpoint: string; method: string; status: number }, cause?: unknown) {
    super({
      name: 'Registry.RpcRefusedError',
      code: 'registry.rpc_refused',
      retry: 'never',
      message: `${facts.endpoint} refused ${facts.method} with HTTP status ${facts.status}`,
      facts,
      cause,
    })
  }
}

/** The account's key, wallet or signing service did not sign, or gave something that is no signature. Nothing was sent. */
export class SigningFailedError extends HeraldError<{ account: Address | undefined; method: string }> {
  constructor(facts: { account: Address | undefined; method: string }, cause?: unknown) {
    super({
      name: 'Registry.SigningFailedError',
      code: 'registry.signing_failed',
      retry: 'later',
      message: `${facts.account ?? 'the account given'} did not sign ${facts.method}`,
      facts,
      cause,
    })
  }
}

/** The RPC endpoint answered with a JSON-RPC error that is no revert. */
export class RpcFailedError extends HeraldError<{ endpoint: string; method: string; rpcCode: number; detail: string }> {
  constructor(facts: { endpoint: string; method: string; rpcCode: number; detail: string }, cause?: unknown) {
    super({
      name: 'Registry.RpcFailedError',
      code: 'registry.rpc_failed',
      retry: 'later',
      message: `${facts.endpoint} failed ${facts.method} with code ${facts.rpcCode}: ${facts.detail}`,
      facts,
      cause,
    })
  }
}

/** The RPC endpoint answered with something that is no answer to what was asked. */
export class MalformedAnswerError extends HeraldError<{ endpoint: string; method: string }> {
  constructor(facts: { endpoint: string; method: string }, cause?: unknown) {
    super({
      name: 'Registry.MalformedAnswerError',
      code: 'registry.malformed_answer',
      retry: 'later',
      message: `${facts.endpoint} gave no well-formed answer to ${facts.method}`,
      facts,
      cause,
    })
  }
}

/** The RPC endpoint serves another chain than the one configured. */
export class WrongChainError extends HeraldError<{ endpoint: string; expected: number; actual: number }> {
  constructor(facts: { endpoint: string; expected: number; actual: number }) {
    super({
      name: 'Registry.WrongChainError',
      code: 'registry.wrong_chain',
      retry: 'never',
      message: `${facts.endpoint} serves chain ${facts.actual}, expected ${facts.expected}`,
      facts,
    })
  }
}

/** There is no code at the address: a wrong address, or a chain on which it was not deployed. */
export class NoContractError extends HeraldError<{ endpoint: string; chainId: number; contract: Address }> {
  constructor(facts: { endpoint: string; chainId: number; contract: Address }) {
    super({
      name: 'Registry.NoContractError',
      code: 'registry.no_contract',
      retry: 'never',
      message: `there is no contract at ${facts.contract} on chain ${facts.chainId}`,
      facts,
    })
  }
}

/** A transaction was asked of a client that was opened without an account. */
export class NoAccountError extends HeraldError<{ method: string }> {
  constructor(facts: { method: string }) {
    super({
      name: 'Registry.NoAccountError',
      code: 'registry.no_account',
      retry: 'never',
      message: `${facts.method} needs an account to send the transaction`,
      facts,
    })
  }
}

/** The account cannot pay for the gas. */
export class InsufficientFundsError extends HeraldError<{ account: Address; method: string }> {
  constructor(facts: { account: Address; method: string }, cause?: unknown) {
    super({
      name: 'Registry.InsufficientFundsError',
      code: 'registry.insufficient_funds',
      retry: 'later',
      message: `${facts.account} cannot pay for ${facts.method}`,
      facts,
      cause,
    })
  }
}

/** Another program sends transactions from the same account: this one was not taken. */
export class NonceConflictError extends HeraldError<{ account: Address; method: string }> {
  constructor(facts: { account: Address; method: string }, cause?: unknown) {
    super({
      name: 'Registry.NonceConflictError',
      code: 'registry.nonce_conflict',
      retry: 'refresh',
      message: `another transaction of ${facts.account} came before ${facts.method}`,
      facts,
      cause,
    })
  }
}

/** The transaction was sent, and is in no block yet: look for its hash before sending it again. */
export class TransactionPendingError extends HeraldError<{
  transactionHash: Hex
  method: string
  waitedMillis: number
}> {
  constructor(facts: { transactionHash: Hex; method: string; waitedMillis: number }) {
    super({
      name: 'Registry.TransactionPendingError',
      code: 'registry.transaction_pending',
      retry: 'later',
      message: `${facts.method} was sent as ${facts.transactionHash} and is in no block after ${facts.waitedMillis} ms`,
      facts,
    })
  }
}

/** The contract reverted with an error that its ABI does not name; `selector` is its first 4 bytes. */
export class RevertedError extends HeraldError<{
  method: string
  selector: Hex | undefined
  transactionHash: Hex | undefined
}> {
  constructor(facts: { method: string; selector: Hex | undefined; transactionHash: Hex | undefined }, cause?: unknown) {
    super({
      name: 'Registry.RevertedError',
      code: 'registry.reverted',
      retry: 'never',
      message: `${facts.method} reverted${facts.selector ? ` with ${facts.selector}` : ''}`,
      facts,
      cause,
    })
  }
}

/** The agent has published no card under this registry. */
export class NotRegisteredError extends HeraldError<{ agent: AgentRef }> {
  constructor(facts: { agent: AgentRef }) {
    super({
      name: 'Registry.NotRegisteredError',
      code: 'registry.not_registered',
      retry: 'refresh',
      message: `${facts.agent.address} has published no card on chain ${facts.agent.chainId}`,
      facts,
    })
  }
}

/** The agent never published this card. */
export class UnknownCardError extends HeraldError<{ agent: Address; cardId: CardId }> {
  constructor(facts: { agent: Address; cardId: CardId }) {
    super({
      name: 'Registry.UnknownCardError',
      code: 'registry.unknown_card',
      retry: 'refresh',
      message: `${facts.agent} never published card ${facts.cardId}`,
      facts,
    })
  }
}

/** The agent is of another chain or registry than the one this directory reads. */
export class ForeignRegistryError extends HeraldError<{ agent: AgentRef; chainId: number; registry: Address }> {
  constructor(facts: { agent: AgentRef; chainId: number; registry: Address }) {
    super({
      name: 'Registry.ForeignRegistryError',
      code: 'registry.foreign_registry',
      retry: 'never',
      message: `${facts.agent.address} is of registry ${facts.agent.registry} on chain ${facts.agent.chainId}, not of ${facts.registry} on chain ${facts.chainId}`,
      facts,
    })
  }
}

/** The RPC endpoint contradicts what the chain said before: it lags behind, lies, or the chain was reorganised. */
export class StaleAnswerError extends HeraldError<{
  agent: Address
  field: 'epoch' | 'cardId' | 'validUntil' | 'revokedAt'
  seen: number | string
  answered: number | string
}> {
  constructor(facts: {
    agent: Address
    field: 'epoch' | 'cardId' | 'validUntil' | 'revokedAt'
    seen: number | string
    answered: number | string
  }) {
    super({
      name: 'Registry.StaleAnswerError',
      code: 'registry.stale_answer',
      retry: 'later',
      message: `the ${facts.field} of ${facts.agent} was ${facts.seen}, the endpoint now says ${facts.answered}`,
      facts,
    })
  }
}

/** The card bytes served for a card do not hash to its id: the endpoint lies or is damaged. */
export class CardBytesMismatchError extends HeraldError<{
  endpoint: string
  agent: Address
  cardId: CardId
  actual: CardId
}> {
  constructor(facts: { endpoint: string; agent: Address; cardId: CardId; actual: CardId }) {
    super({
      name: 'Registry.CardBytesMismatchError',
      code: 'registry.card_bytes_mismatch',
      retry: 'later',
      message: `the bytes that ${facts.endpoint} serves as card ${facts.cardId} hash to ${facts.actual}`,
      facts,
    })
  }
}

/** The registry records the card, but the endpoint does not give the log with its bytes. */
export class CardBytesUnavailableError extends HeraldError<{
  endpoint: string
  agent: Address
  cardId: CardId
  epoch: number
}> {
  constructor(facts: { endpoint: string; agent: Address; cardId: CardId; epoch: number }, cause?: unknown) {
    super({
      name: 'Registry.CardBytesUnavailableError',
      code: 'registry.card_bytes_unavailable',
      retry: 'later',
      message: `${facts.endpoint} withholds the log of card ${facts.cardId} (epoch ${facts.epoch})`,
      facts,
      cause,
    })
  }
}

/** The logs served lack cards that the registry counts; `epochs` names the first 16 of the `missing` ones. */
export class HistoryIncompleteError extends HeraldError<{
  agent: Address
  epochs: readonly number[]
  missing: number
  cards: number
}> {
  constructor(facts: { agent: Address; epochs: readonly number[]; missing: number; cards: number }) {
    super({
      name: 'Registry.HistoryIncompleteError',
      code: 'registry.history_incomplete',
      retry: 'later',
      message: `${facts.missing} of ${facts.cards} cards of ${facts.agent} are withheld, epochs ${facts.epochs.join(', ')}`,
      facts,
    })
  }
}
