/** The calls that change the AgentRegistry contract, typed: in the account's own name, or with a controller's signature. */
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import { type Hex, toHex } from '../core/bytes.ts'
import { type HeraldError, InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Seconds } from '../core/ids.ts'
import type { RevocationReason } from '../identity/card-directory.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { transact } from './contract-access.ts'
import { decodeRegistryRevert } from './contract-errors.ts'
import { MalformedAnswerError, RevertedError } from './errors.ts'
import { actingAgent, type RegistryAccess } from './registry-access.ts'
import type { Receipt } from './send-transaction.ts'
import {
  asSeconds,
  cardIdOf,
  isHexBytes,
  noCard,
  reasonNumber,
  type SignedPublication,
  type SignedRevocation,
} from './signed-actions.ts'

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

/** What became of one publication of a batch. */
export interface BatchItem {
  readonly agent: Address
  readonly cardId: CardId
  /** Why the registry left it out; nothing when it was published. */
  readonly refusal: HeraldError | undefined
}

/** A batch of publications in its block. */
export interface BatchPublication extends Receipt {
  /** In the order of the batch. */
  readonly items: readonly BatchItem[]
}

/** The calls; each waits for its block, and may throw why the endpoint cannot be asked. */
export interface RegistryTransactions {
  /** Publishes a card. @throws `registry.stale_epoch` when `previous` is not current; what else the contract refuses */
  publish(request: PublishRequest): Promise<Publication>
  /** Revokes a card, for good. @throws `registry.already_revoked`, `registry.unknown_card`; what else the contract refuses */
  revoke(request: RevokeRequest): Promise<Publication>
  /** Publishes for an agent whose controller signed. @throws `registry.expired_signature`, `registry.invalid_signature`, … */
  publishFor(signed: SignedPublication): Promise<Publication>
  /**
   * Publishes for many agents; what cannot be published is left out, and reported with its reason.
   *
   * @throws InvalidArgumentError on an empty batch; `registry.malformed_answer` when the receipt does not account for each
   */
  publishForMany(signed: readonly SignedPublication[]): Promise<BatchPublication>
  /** Revokes for an agent whose controller signed. @throws `registry.expired_signature`, `registry.invalid_signature`, … */
  revokeFor(signed: SignedRevocation): Promise<Publication>
}

function signatureOf(signature: Hex): Hex {
  if (signature !== '0x' && !isHexBytes(signature))
    throw new InvalidArgumentError({ argument: 'signature', expected: 'bytes as 0x hexadecimal' })
  return signature
}

/** A signed publication as the contract takes it. @throws InvalidArgumentError */
function publicationTuple({ agent, card, previous, previousValidUntil, deadline, signature }: SignedPublication) {
  cardIdOf(card)
  return {
    agent: asAddress(agent),
    card: toHex(card),
    previous: asCardId(previous),
    previousValidUntil: asSeconds('previousValidUntil', previousValidUntil),
    deadline: asSeconds('deadline', deadline),
    signature: signatureOf(signature),
  }
}

/** The reasons of the items that were left out, by their place in the batch, and the ids of the cards that were published. */
function readBatchLogs({ logs }: TransactionReceipt, registry: Address) {
  const own = logs.filter(({ address }) => asAddress(address) === registry)
  const skipped = parseEventLogs({ abi: agentRegistryAbi, eventName: 'PublicationSkipped', logs: own })
  const published = parseEventLogs({ abi: agentRegistryAbi, eventName: 'CardPublished', logs: own })
  return {
    reasons: new Map(skipped.map(({ args }) => [Number(args.index), args.reason])),
    published: new Set(published.map(({ args }) => `${asAddress(args.agent)}/${asCardId(args.cardId)}`)),
  }
}

function refusalOf(reason: Hex, transactionHash: Hex): HeraldError {
  const selector = reason.slice(0, 10) as Hex
  return decodeRegistryRevert(reason) ?? new RevertedError({ method: 'publishForMany', selector, transactionHash })
}

async function publishForMany(access: RegistryAccess, batch: readonly SignedPublication[]): Promise<BatchPublication> {
  if (batch.length === 0) throw new InvalidArgumentError({ argument: 'batch', expected: 'at least one publication' })
  const { rpc, address } = access
  const sent = await transact(access, 'publishForMany', [batch.map(publicationTuple)])
  const { transactionHash: hash } = sent
  const receipt = await rpc.run('eth_getTransactionReceipt', (client) => getTransactionReceipt(client, { hash }))
  const { reasons, published } = readBatchLogs(receipt, address)
  const items = batch.map(({ agent, card }, place): BatchItem => {
    const item = { agent: asAddress(agent), cardId: cardIdOf(card) }
    const reason = reasons.get(place)
    if (reason === undefined && !published.has(`${item.agent}/${item.cardId}`))
      throw new MalformedAnswerError({ endpoint: rpc.endpoint, method: 'eth_getTransactionReceipt' })
    return { ...item, refusal: reason && refusalOf(reason, hash) }
  })
  return { ...sent, items }
}

/** The calls of a registry. */
export function transactionsOf(access: RegistryAccess): RegistryTransactions {
  return {
    publish: async ({ card, previous = noCard, previousValidUntil = 0, agent }) => {
      const cardId = cardIdOf(card)
      const until = asSeconds('previousValidUntil', previousValidUntil)
      const args = [actingAgent(access, 'publish', agent), toHex(card), asCardId(previous), until] as const
      return { ...(await transact(access, 'publish', args)), cardId }
    },
    revoke: async ({ cardId, reason, compromisedSince = 0, agent }) => {
      const since = asSeconds('compromisedSince', compromisedSince)
      const args = [actingAgent(access, 'revoke', agent), asCardId(cardId), reasonNumber(reason), since] as const
      return { ...(await transact(access, 'revoke', args)), cardId: asCardId(cardId) }
    },
    publishFor: async (signed) => {
      const { agent, card, previous, previousValidUntil, deadline, signature } = publicationTuple(signed)
      const args = [agent, card, previous, previousValidUntil, deadline, signature] as const
      return { ...(await transact(access, 'publishFor', args)), cardId: cardIdOf(signed.card) }
    },
    publishForMany: (batch) => publishForMany(access, batch),
    revokeFor: async ({ agent, cardId, reason, compromisedSince, deadline, signature }) => {
      const times = [asSeconds('compromisedSince', compromisedSince), asSeconds('deadline', deadline)] as const
      const card = asCardId(cardId)
      const args = [asAddress(agent), card, reasonNumber(reason), ...times, signatureOf(signature)] as const
      return { ...(await transact(access, 'revokeFor', args)), cardId: card }
    },
  }
}
