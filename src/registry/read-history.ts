/**
 * All cards an agent ever published. The logs that an endpoint serves are held against the registry's records: epochs
 * are dense, so the current record tells how many cards there are, and a card that is held back leaves a gap.
 */
import type { Address, CardId } from '../core/ids.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { type CardLog, headBlock, searchCardLogs } from './card-logs.ts'
import { HistoryIncompleteError } from './errors.ts'
import type { Rpc } from './rpc.ts'

/** One card of a history. */
export interface HistoryEntry {
  readonly cardId: CardId
  readonly record: CardRecord
  /** The card as published, checked against its id; its possession signature is not checked. */
  readonly cardBytes: Uint8Array
  readonly blockNumber: bigint
}

/** What a history is read from. */
export interface HistorySource {
  readonly rpc: Rpc
  readonly registry: Address
  readonly fromBlock: bigint
  current(agent: Address): Promise<{ readonly record: CardRecord } | undefined>
  record(agent: Address, cardId: CardId): Promise<CardRecord | undefined>
}

const namedEpochs = 16
const recordsAtOnce = 16

/** The log with the registry's word on it, or nothing when the registry knows no such card at that epoch. */
async function confirm(source: HistorySource, log: CardLog): Promise<HistoryEntry | undefined> {
  const record = await source.record(log.agent, log.cardId)
  if (record?.epoch !== log.epoch) return undefined
  return { cardId: log.cardId, record, cardBytes: log.cardBytes, blockNumber: log.blockNumber }
}

async function confirmAll(source: HistorySource, logs: readonly CardLog[]): Promise<Map<number, HistoryEntry>> {
  const byEpoch = new Map<number, HistoryEntry>()
  for (let i = 0; i < logs.length; i += recordsAtOnce) {
    const some = await Promise.all(logs.slice(i, i + recordsAtOnce).map((log) => confirm(source, log)))
    for (const entry of some) if (entry !== undefined) byEpoch.set(entry.record.epoch, entry)
  }
  return byEpoch
}

/** The first epochs that are missing; no more are listed than an error names. */
function firstGaps(byEpoch: ReadonlyMap<number, unknown>, cards: number): readonly number[] {
  const gaps: number[] = []
  for (let epoch = 0; epoch < cards && gaps.length < namedEpochs; epoch++) if (!byEpoch.has(epoch)) gaps.push(epoch)
  return gaps
}

/**
 * Reads an agent's history, epoch by epoch from 0; empty when it has none.
 *
 * @throws `registry.history_incomplete` when logs are withheld, `registry.card_bytes_mismatch` when bytes are not the
 * card's, or why the endpoint cannot be asked
 */
export async function readHistory(source: HistorySource, agent: Address): Promise<readonly HistoryEntry[]> {
  const current = await source.current(agent)
  if (current === undefined) return []
  const cards = current.record.epoch + 1
  const range = { fromBlock: source.fromBlock, toBlock: await headBlock(source.rpc) }
  const logs: CardLog[] = []
  for await (const some of searchCardLogs(source.rpc, source.registry, { agent }, range))
    logs.push(...some.filter(({ epoch }) => epoch < cards))
  const byEpoch = await confirmAll(source, logs)
  const epochs = firstGaps(byEpoch, cards)
  if (epochs.length > 0) throw new HistoryIncompleteError({ agent, epochs, missing: cards - byEpoch.size, cards })
  return [...byEpoch.values()].sort((a, b) => a.record.epoch - b.record.epoch)
}
