/**
 * The AgentRegistry contract, typed: its transactions, its reads, and the cards in its logs. Card bytes are checked
 * against their id and histories against the registry's own count, so that an endpoint can withhold a card but never
 * pass another off for it, nor leave one out unseen (THREATS: a revocation cannot be hidden).
 */
import { encodeFunctionData, keccak256 } from 'viem'
import { readContract } from 'viem/actions'
import { type Hex, toHex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Seconds } from '../core/ids.ts'
import { type CardRecord, type RevocationReason, revocationReasons } from '../identity/card-directory.ts'
import { type CardStatus, cardStatuses } from '../identity/trust.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { cardLogsIn, headBlock, hintedBlock, searchCardLogs } from './card-logs.ts'
import { cardRecordOf } from './card-record.ts'
import { decodeRegistryRevert } from './contract-errors.ts'
import {
  CardBytesUnavailableError,
  MalformedAnswerError,
  NoAccountError,
  UnknownCardError,
  WrongChainError,
} from './errors.ts'
import { type HistoryEntry, readHistory } from './read-history.ts'
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts'
import type { Receipt } from './send-transaction.ts'

/** Which registry, and how its chain is reached. */
export interface RegistryClientOptions extends RpcOptions {
  /** The chain the registry is on. */
  readonly chainId: number
  /** Address of the AgentRegistry contract, 20 bytes. */
  readonly registry: string
  /** An endpoint that is open already, in place of the options to open one. */
  readonly rpc?: Rpc
  /** No card was published before this block; 0 when left out. Only makes searches shorter. */
  readonly fromBlock?: bigint
}

/** What is published. */
export interface PublishRequest {
  /** The card's bytes, 4 to 4,096. */
  readonly card: Uint8Array
  /** The card it replaces, which must be the current one; left out for an agent's first. */
  readonly previous?: CardId | undefined
  /** First second at which the replaced card is no longer valid; from now on when left out. */
  readonly previousValidUntil?: Seconds | undefined
  /** Whose card it is; the account's own when left out. */
  readonly agent?: Address
}

/** What is revoked. */
export interface RevokeRequest {
  readonly cardId: CardId
  readonly reason: RevocationReason
  /** Since when the key may have been in other hands; no such claim when left out. */
  readonly compromisedSince?: Seconds | undefined
  /** Whose card it is; the account's own when left out. */
  readonly agent?: Address
}

/** A transaction in its block. */
export interface Publication extends Receipt {
  readonly cardId: CardId
}

/** An agent's current card, revoked or not. */
export interface CurrentCard {
  readonly cardId: CardId
  readonly record: CardRecord
}

/** The AgentRegistry contract on one chain. Every call may throw why the endpoint cannot be asked. */
export interface RegistryClient {
  readonly chainId: number
  readonly registry: Address
  readonly rpc: Rpc
  /** Publishes a card and waits for its block. @throws `registry.stale_epoch` when `previous` is not current */
  publish(request: PublishRequest): Promise<Publication>
  /** Revokes a card, for good, and waits for its block. @throws `registry.already_revoked`, `registry.unknown_card` */
  revoke(request: RevokeRequest): Promise<Publication>
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
}

/** What a directory of cards reads: all of it can be checked, by ids and by proofs. */
export type CardReader = Pick<RegistryClient, 'current' | 'record' | 'cardBytes'>

/** The contract, and the check that it is there. */
interface Contract {
  readonly rpc: Rpc
  readonly registry: Address
  readonly ready: () => Promise<void>
}

const noCard = `0x${'00'.repeat(32)}` as CardId

const maxSeconds = 2 ** 40 - 1

/** A time as the contract holds one, uint40. @throws InvalidArgumentError */
function asSeconds(argument: string, time: Seconds): Seconds {
  if (!Number.isInteger(time) || time < 0 || time > maxSeconds)
    throw new InvalidArgumentError({ argument, expected: 'whole seconds since 1970, at most 2^40 - 1' })
  return time
}

/** The calls that change the registry. */
function transactionsOf({ rpc, registry, ready }: Contract): Pick<RegistryClient, 'publish' | 'revoke'> {
  const agentOf = (method: string, agent: Address | undefined): Address => {
    const acting = agent ?? rpc.account
    if (acting === undefined) throw new NoAccountError({ method })
    return asAddress(acting)
  }
  const send = async (method: string, data: Hex): Promise<Receipt> => {
    await ready()
    return rpc.send({ method, to: registry, data, decodeRevert: decodeRegistryRevert })
  }
  return {
    publish: async ({ card, previous = noCard, previousValidUntil = 0, agent }) => {
      if (!(card instanceof Uint8Array)) throw new InvalidArgumentError({ argument: 'card', expected: 'bytes' })
      const until = asSeconds('previousValidUntil', previousValidUntil)
      const args = [agentOf('publish', agent), toHex(card), asCardId(previous), until] as const
      const data = encodeFunctionData({ abi: agentRegistryAbi, functionName: 'publish', args })
      return { ...(await send('publish', data)), cardId: asCardId(keccak256(card)) }
    },
    revoke: async ({ cardId, reason, compromisedSince = 0, agent }) => {
      const place = revocationReasons.indexOf(reason)
      if (place < 0) throw new InvalidArgumentError({ argument: 'reason', expected: revocationReasons.join(', ') })
      const since = asSeconds('compromisedSince', compromisedSince)
      const args = [agentOf('revoke', agent), asCardId(cardId), place, since] as const
      const data = encodeFunctionData({ abi: agentRegistryAbi, functionName: 'revoke', args })
      return { ...(await send('revoke', data)), cardId: asCardId(cardId) }
    },
  }
}

/** The views of the contract. */
function readsOf({ rpc, registry, ready }: Contract): Pick<RegistryClient, 'current' | 'record' | 'statusAt'> {
  const contract = { abi: agentRegistryAbi, address: registry } as const
  return {
    current: async (agent) => {
      const args = [asAddress(agent)] as const
      await ready()
      const [cardId, raw] = await rpc.run('current', (client) =>
        readContract(client, { ...contract, functionName: 'current', args }),
      )
      const record = cardRecordOf(raw)
      return record && { cardId: asCardId(cardId), record }
    },
    record: async (agent, cardId) => {
      const args = [asAddress(agent), asCardId(cardId)] as const
      await ready()
      return cardRecordOf(
        await rpc.run('record', (client) => readContract(client, { ...contract, functionName: 'record', args })),
      )
    },
    statusAt: async (agent, cardId, time, asOf) => {
      const times = [asSeconds('time', time), asSeconds('asOf', asOf)] as const
      const args = [asAddress(agent), asCardId(cardId), ...times] as const
      await ready()
      const place = await rpc.run(
        'statusAt',
        (client) => readContract(client, { ...contract, functionName: 'statusAt', args }),
        decodeRegistryRevert,
      )
      const status = cardStatuses[place]
      if (status === undefined) throw new MalformedAnswerError({ endpoint: rpc.endpoint, method: 'statusAt' })
      return status
    },
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
  const { chainId } = options
  const registry = asAddress(options.registry)
  const rpc = options.rpc ?? openRpc(options)
  const fromBlock = options.fromBlock ?? 0n
  const ready = async (): Promise<void> => {
    const actual = await rpc.chainId()
    if (actual !== chainId) throw new WrongChainError({ endpoint: rpc.endpoint, expected: chainId, actual })
    await rpc.assertContract(registry)
  }
  const contract = { rpc, registry, ready }
  const reads = readsOf(contract)
  return {
    chainId,
    registry,
    rpc,
    ...transactionsOf(contract),
    ...reads,
    cardBytes: async (agent, cardId, known) => {
      const record = known ?? (await reads.record(agent, cardId))
      if (record === undefined) throw new UnknownCardError({ agent, cardId })
      return findCardBytes(rpc, registry, { agent, cardId }, record, fromBlock)
    },
    history: (agent) => readHistory({ rpc, registry, fromBlock, ...reads }, agent),
  }
}
