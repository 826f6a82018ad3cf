/**
 * Reads the registry without trusting an endpoint (SPEC §7.5): k of n endpoints agree on a block, and what the registry
 * recorded by then is proven by its storage against that block's state root. So fewer than k liars can neither swap a
 * key nor hide a revocation, and each is named (THREATS). Made by `createAgent({ trust })`; loaded only then.
 */
import { type Ambient, systemAmbient } from '../core/ambient.ts'
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Millis } from '../core/ids.ts'
import { maxProvenBlockAgeMillis } from '../core/limits.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { type BlockHeader, blockTag } from './block-header.ts'
import { type AgreedBlock, agreeOnBlock } from './block-quorum.ts'
import { CardBytesUnavailableError, NoContractError, UnknownCardError } from './errors.ts'
import { BlockStaleError, ProofUnavailableError } from './proof-errors.ts'
import { type CardReader, createRegistryClient } from './registry-client.ts'
import { currentSlot, decodeCurrent, decodeRecord, recordSlot } from './registry-storage.ts'
import type { Rpc } from './rpc.ts'
import { causeOf, RpcPool, type RpcPoolOptions, summarise } from './rpc-pool.ts'
import { loadTrieLookUp, proveStorage, type TrieLookUp } from './storage-proof.ts'

/** Whose word counts, and how much of it is needed. */
export interface TrustOptions extends Pick<RpcPoolOptions, 'rpcs' | 'timeoutMillis' | 'onFault'> {
  /** So many endpoints have to agree on a block. Default: more than half of them. Fewer liars than this are harmless. */
  readonly quorum?: number | undefined
  /** Records are proven by the chain's state, not believed. */
  readonly proofs: true
  /** The block agreed on is at most this old by our clock. Default 5 min; more where blocks are rare. */
  readonly maxBlockAgeMillis?: Millis | undefined
}

/** Which registry is read, and by whose word. */
export interface ProvenReaderOptions extends TrustOptions {
  readonly chainId: number
  /** Address of the AgentRegistry contract, 20 bytes. */
  readonly registry: string
  readonly ambient?: Pick<Ambient, 'now'> | undefined
  /** No card was published before this block; 0 when left out. Only makes searches for card bytes shorter. */
  readonly fromBlock?: bigint | undefined
}

function quorumOf({ quorum, rpcs, proofs }: TrustOptions): number {
  // An option of that name that did less would be taken for more than it is.
  if (proofs !== true) throw new InvalidArgumentError({ argument: 'proofs', expected: 'true' })
  if (!Array.isArray(rpcs)) throw new InvalidArgumentError({ argument: 'rpcs', expected: 'a list of URLs' })
  const needed = quorum ?? Math.floor(rpcs.length / 2) + 1
  if (!Number.isInteger(needed) || needed < 1 || needed > rpcs.length)
    throw new InvalidArgumentError({ argument: 'quorum', expected: `a whole number from 1 to ${rpcs.length}` })
  return needed
}

interface ProvenWords {
  readonly endpoint: string
  /** Nothing where there is no contract. */
  readonly words: readonly bigint[] | undefined
}

/** The chain's state at a block that a quorum agrees on. */
class ProvenState {
  readonly pool: RpcPool
  readonly #options: ProvenReaderOptions
  readonly #quorum: number
  readonly #registry: Address
  readonly #lookUp: TrieLookUp

  constructor(options: ProvenReaderOptions, lookUp: TrieLookUp) {
    this.#options = options
    this.#quorum = quorumOf(options)
    this.#registry = asAddress(options.registry)
    this.#lookUp = lookUp
    this.pool = new RpcPool(options)
  }

  /** A block that a quorum agrees on, and that is recent. */
  async block(): Promise<BlockHeader> {
    const agreed = await agreeOnBlock(this.pool, this.#quorum)
    this.#assertRecent(agreed)
    return agreed.block
  }

  #assertRecent({ block, endpoints }: AgreedBlock): void {
    const { ambient = systemAmbient, maxBlockAgeMillis: maxAgeMillis = maxProvenBlockAgeMillis } = this.#options
    const ageMillis = ambient.now() - block.timestamp * 1000
    if (ageMillis > maxAgeMillis)
      throw new BlockStaleError({ endpoints, blockNumber: Number(block.number), ageMillis, maxAgeMillis })
  }

  /** The word in one of the registry's slots after a block, by the first proof that holds. */
  async word(block: BlockHeader, slot: Hex): Promise<bigint> {
    const proven = await this.pool.firstOf((rpc) => this.#prove(rpc, block, slot))
    if ('value' in proven) return this.#wordOf(proven.value)
    throw new ProofUnavailableError({ blockNumber: Number(block.number), faults: summarise(proven) }, causeOf(proven))
  }

  /** That there is no contract is as well proven as what is in one. */
  #wordOf({ endpoint, words }: ProvenWords): bigint {
    if (words !== undefined) return words[0] as bigint
    throw new NoContractError({ endpoint, chainId: this.#options.chainId, contract: this.#registry })
  }

  async #prove(rpc: Rpc, block: BlockHeader, slot: Hex): Promise<ProvenWords> {
    const { endpoint } = rpc
    const contract = this.#registry
    const raw: unknown = await rpc.run('eth_getProof', (client) =>
      client.request({ method: 'eth_getProof', params: [contract, [slot], blockTag(block.number)] }),
    )
    return { endpoint, words: await proveStorage(this.#lookUp, { endpoint, contract, slots: [slot], block }, raw) }
  }
}

/** Card bytes may come from anybody, since their id checks them. */
async function readCardBytes(
  pool: RpcPool,
  options: ProvenReaderOptions,
  agent: Address,
  cardId: CardId,
  record: CardRecord,
): Promise<Uint8Array> {
  const { chainId, registry, fromBlock = 0n } = options
  const found = await pool.firstOf((rpc) =>
    createRegistryClient({ rpc, chainId, registry, fromBlock }).cardBytes(agent, cardId, record),
  )
  if ('value' in found) return found.value
  const endpoint = found.map((fault) => fault.endpoint).join(', ')
  throw new CardBytesUnavailableError({ endpoint, agent, cardId, epoch: record.epoch }, causeOf(found))
}

/**
 * Opens a reader that proves what it gives out. Nothing is asked of an endpoint before the first look-up.
 *
 * Its look-ups throw `registry.quorum_unreachable`, `registry.block_stale`, `registry.proof_unavailable` and
 * `registry.card_bytes_unavailable`, each naming the endpoints; what single endpoints get wrong goes to `onFault`.
 *
 * @throws InvalidArgumentError on an address, URL or quorum that is none; ProofLibraryMissingError
 */
export async function createProvenReader(options: ProvenReaderOptions): Promise<CardReader> {
  const state = new ProvenState(options, await loadTrieLookUp())
  const record = async (agent: Address, cardId: CardId): Promise<CardRecord | undefined> => {
    const slot = recordSlot(asAddress(agent), asCardId(cardId))
    return decodeRecord(await state.word(await state.block(), slot))
  }
  return {
    record,
    current: async (agent) => {
      const address = asAddress(agent)
      const block = await state.block()
      const cardId = decodeCurrent(await state.word(block, currentSlot(address)))
      if (cardId === undefined) return undefined
      const current = decodeRecord(await state.word(block, recordSlot(address, cardId)))
      return current && { cardId, record: current }
    },
    cardBytes: async (agent, cardId, known) => {
      const published = known ?? (await record(agent, cardId))
      if (published === undefined) throw new UnknownCardError({ agent, cardId })
      return readCardBytes(state.pool, options, agent, cardId, published)
    },
  }
}
