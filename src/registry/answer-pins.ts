/**
 * What the chain has said before, so that an endpoint cannot take it back: epochs only grow, and an end or a revocation
 * that was recorded stays (THREATS: a revocation cannot be hidden). Times may differ, since a reorganised chain can
 * record the same transaction in another block.
 */
import type { Address, CardId } from '../core/ids.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { StaleAnswerError } from './errors.ts'

interface Pin {
  readonly epoch: number
  readonly cardId: CardId
}

/** A map that forgets what was set longest ago. */
class Recent<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value as string)
  }
}

/** Holds an endpoint to what it, or another, said before. */
export class AnswerPins {
  readonly #newest: Recent<Pin>
  readonly #records: Recent<CardRecord>

  /** @param capacity agents remembered, and as many cards; the ones seen longest ago are forgotten */
  constructor(capacity: number) {
    this.#newest = new Recent(capacity)
    this.#records = new Recent(capacity)
  }

  /**
   * Checks an answer about an agent's current card.
   *
   * @returns the cards of which it says something new: what was known of them before is out of date
   * @throws `registry.stale_answer`
   */
  checkCurrent(agent: Address, answer: { cardId: CardId; record: CardRecord } | undefined): readonly CardId[] {
    const newest = this.#newest.get(agent)
    if (newest !== undefined && (answer?.record.epoch ?? -1) < newest.epoch)
      throw new StaleAnswerError({
        agent,
        field: 'epoch',
        seen: newest.epoch,
        answered: answer?.record.epoch ?? 'no card',
      })
    if (answer === undefined) return []
    const changed = this.checkRecord(agent, answer.cardId, answer.record) ? [answer.cardId] : []
    // A card that was replaced has got an end.
    return newest === undefined || newest.cardId === answer.cardId ? changed : [...changed, newest.cardId]
  }

  /**
   * Checks an answer about one of an agent's cards.
   *
   * @returns whether it says something else than before
   * @throws `registry.stale_answer`
   */
  checkRecord(agent: Address, cardId: CardId, record: CardRecord | undefined): boolean {
    const key = `${agent}:${cardId}`
    const before = this.#records.get(key)
    if (record === undefined) {
      if (before !== undefined)
        throw new StaleAnswerError({ agent, field: 'epoch', seen: before.epoch, answered: 'no card' })
      return false
    }
    if (before !== undefined) this.#checkKept(agent, before, record)
    this.#checkPlace(agent, cardId, record)
    this.#records.set(key, record)
    return before !== undefined && (before.revokedAt !== record.revokedAt || before.validUntil !== record.validUntil)
  }

  #checkKept(agent: Address, before: CardRecord, now: CardRecord): void {
    for (const field of ['revokedAt', 'validUntil'] as const)
      if (before[field] !== 0 && now[field] === 0)
        throw new StaleAnswerError({ agent, field, seen: before[field], answered: 0 })
    if (before.epoch !== now.epoch)
      throw new StaleAnswerError({ agent, field: 'epoch', seen: before.epoch, answered: now.epoch })
  }

  /** A card before the newest has been replaced, so it has an end; at the newest epoch there is one card. */
  #checkPlace(agent: Address, cardId: CardId, record: CardRecord): void {
    const newest = this.#newest.get(agent)
    if (newest === undefined || record.epoch > newest.epoch) {
      this.#newest.set(agent, { epoch: record.epoch, cardId })
      return
    }
    if (record.epoch === newest.epoch && cardId !== newest.cardId)
      throw new StaleAnswerError({ agent, field: 'cardId', seen: newest.cardId, answered: cardId })
    if (record.epoch < newest.epoch && record.validUntil === 0)
      throw new StaleAnswerError({ agent, field: 'validUntil', seen: `before epoch ${newest.epoch}`, answered: 0 })
  }
}
