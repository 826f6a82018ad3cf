/**
 * The AgentRegistry contract, typed: its transactions, its reads, and the cards in its logs. Card bytes are checked
 * against their id and histories against the registry's own count, so that an endpoint can withhold a card but never
 * pass another off for it, nor leave one out unseen (THREATS: a revocation cannot be hidden).
 */
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Seconds } from '../core/ids.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { type CardStatus, cardStatuses } from '../identity/trust.ts'
import { cardLogsIn, headBlock, hintedBlock, searchCardLogs } from './card-logs.ts'
import { cardRecordOf } from './card-record.ts'
import { ask } from './contract-access.ts'
import { CardBytesUnavailableError, MalformedAnswerError, UnknownCardError } from './errors.ts'
import { type HistoryEntry, readHistory } from './read-history.ts'
import { openRegistry, type RegistryAccess, type RegistryAccessOptions } from './registry-access.ts'
import { type RegistryTransactions, transactionsOf } from './registry-transactions.ts'
import type { Rpc } from './rpc.ts'
import { asSeconds } from './signed-actions.ts'

/** Which registry, and how its chain is reached. */
export interface RegistryClientOptions extends RegistryAccessOptions {
  /** No card was published before this block; 0 when left out. Only makes searches shorter. */
  readonly fromBlock?: bigint
}

/** An agent's current card, revoked or not. */
export interface CurrentCard {
  readonly cardId: CardId
  readonly record: CardRecord
}

/** The AgentRegistry contract on one chain. Every call may throw why the endpoint cannot be asked. */
export interface RegistryClient extends RegistryTransactions {
  readonly chainId: number
  readonly registry: Address
  readonly rpc: Rpc
  /** The agent's current card, revoked or not; nothing when it has none. */
  current(agent: Address): Promise<CurrentCard | undefined>
  /** The record of one of the agent's cards; nothing when it never published it. */
  record(agent: Address, cardId: CardId): Promise<CardRecord | undefined>
  /** What a card was worth at `time`, as known at `asOf`. @throws `registry.as_of_before_time` */
  statusAt(agent: Address, cardId: CardId, time: Seconds, asOf: Seconds): Promise<CardStatus>
  /**
   * The bytes of a card, checked against its id.
   *
   * @param record of the card, when it is known already
   * @throws `registry.card_bytes_mismatch`, `registry.card_bytes_unavailable`, `registry.unknown_card`
   */
  cardBytes(agent: Address, cardId: CardId, record?: CardRecord): Promise<Uint8Array>
  /** All cards an agent ever published, by epoch, proven complete. @throws `registry.history_incomplete` */
  history(agent: Address): Promise<readonly HistoryEntry[]>
  /** Whether an ERC-8004 identity names the agent as its wallet at this moment; never believe it for longer. */
  isErc8004Wallet(identityRegistry: Address, erc8004Id: bigint, agent: Address): Promise<boolean>
  /** ERC-165. @param interfaceId 4 bytes */
  supportsInterface(interfaceId: Hex): Promise<boolean>
}

/** What a directory of cards reads: all of it can be checked, by ids and by proofs. */
export type CardReader = Pick<RegistryClient, 'current' | 'record' | 'cardBytes'>

function asUint256(id: bigint): bigint {
  if (typeof id !== 'bigint' || id < 0n || id >= 2n ** 256n)
    throw new InvalidArgumentError({ argument: 'erc8004Id', expected: 'a bigint from 0 to 2^256 - 1' })
  return id
}

function asInterfaceId(id: Hex): Hex {
  if (!/^0x[0-9a-f]{8}$/i.test(String(id)))
    throw new InvalidArgumentError({ argument: 'interfaceId', expected: '4 bytes of 0x hexadecimal' })
  return id
}

type Reads = 'current' | 'record' | 'statusAt' | 'isErc8004Wallet' | 'supportsInterface'

/** The views of the contract. */
function readsOf(access: RegistryAccess): Pick<RegistryClient, Reads> {
  return {
    current: async (agent) => {
      const [cardId, raw] = await ask(access, 'current', [asAddress(agent)])
      const record = cardRecordOf(raw)
      return record && { cardId: asCardId(cardId), record }
    },
    record: async (agent, cardId) => cardRecordOf(await ask(access, 'record', [asAddress(agent), asCardId(cardId)])),
    statusAt: async (agent, cardId, time, asOf) => {
      const times = [asSeconds('time', time), asSeconds('asOf', asOf)] as const
      const place = await ask(access, 'statusAt', [asAddress(agent), asCardId(cardId), ...times])
      const status = cardStatuses[place]
      if (status === undefined) throw new MalformedAnswerError({ endpoint: access.rpc.endpoint, method: 'statusAt' })
      return status
    },
    isErc8004Wallet: async (identityRegistry, erc8004Id, agent) =>
      ask(access, 'isErc8004Wallet', [asAddress(identityRegistry), asUint256(erc8004Id), asAddress(agent)]),
    supportsInterface: async (interfaceId) => ask(access, 'supportsInterface', [asInterfaceId(interfaceId)]),
  }
}

/** Looks where the record hints first, then everywhere. */
async function findCardBytes(
  rpc: Rpc,
  registry: Address,
  query: { readonly agent: Address; readonly cardId: CardId },
  record: CardRecord,
  fromBlock: bigint,
): Promise<Uint8Array> {
  const head = await headBlock(rpc)
  const hinted = hintedBlock(record.hint, head)
  if (hinted !== undefined) {
    const [log] = await cardLogsIn(rpc, registry, query, { fromBlock: hinted, toBlock: hinted })
    if (log !== undefined) return log.cardBytes
  }
  for await (const [log] of searchCardLogs(rpc, registry, query, { fromBlock, toBlock: head }))
    if (log !== undefined) return log.cardBytes
  throw new CardBytesUnavailableError({ endpoint: rpc.endpoint, ...query, epoch: record.epoch })
}

/**
 * Opens the registry of a chain. Nothing is asked of the endpoint before the first call, which checks that it serves
 * the chain and that the contract is there.
 *
 * @throws InvalidArgumentError on an address, URL or account that is none
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const access = openRegistry(options)
  const { chainId, address: registry, rpc } = access
  const fromBlock = options.fromBlock ?? 0n
  const reads = readsOf(access)
  return {
    chainId,
    registry,
    rpc,
    ...transactionsOf(access),
    ...reads,
    cardBytes: async (agent, cardId, known) => {
      const record = known ?? (await reads.record(agent, cardId))
      if (record === undefined) throw new UnknownCardError({ agent, cardId })
      return findCardBytes(rpc, registry, { agent, cardId }, record, fromBlock)
    },
    history: (agent) => readHistory({ rpc, registry, fromBlock, ...reads }, agent),
  }
}
