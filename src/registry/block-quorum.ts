/**
 * Which block is the newest, by the word of k of n endpoints (SPEC §7.5). With fewer than k liars, one of the k is
 * honest: it has the block, and knows none much newer. A number that a liar makes up can neither be agreed on nor push
 * the choice below what honest endpoints have.
 */
import type { HeraldError } from '../core/errors.ts'
import { type BlockHeader, blockTag, readBlockHeader } from './block-header.ts'
import { QuorumUnreachableError, RpcBehindError, RpcDisagreesError } from './proof-errors.ts'
import type { Rpc } from './rpc.ts'
import { causeOf, type RpcFault, type RpcPool, summarise } from './rpc-pool.ts'

/** A block, and who vouches for it. */
export interface AgreedBlock {
  readonly block: BlockHeader
  /** Origins of the endpoints that gave it before it was settled. */
  readonly endpoints: readonly string[]
}

interface Vote {
  readonly rpc: Rpc
  readonly block: BlockHeader
}

/** Where nobody has the newest of the candidates in common, this many blocks below them are tried: branches join. */
const branchBlocks = 2n

async function askHeader(rpc: Rpc, number?: bigint): Promise<BlockHeader> {
  const tag = number === undefined ? 'latest' : blockTag(number)
  const raw: unknown = await rpc.run('eth_getBlockByNumber', (client) =>
    client.request({ method: 'eth_getBlockByNumber', params: [tag, false] }),
  )
  return readBlockHeader({ endpoint: rpc.endpoint, raw, number })
}

/** The votes for one block that are enough, if any are. */
function enough(votes: readonly Vote[], quorum: number): readonly Vote[] | undefined {
  return [...Map.groupBy(votes, ({ block }) => block.hash).values()].find((group) => group.length >= quorum)
}

/** An endpoint's newest block beside the agreed one: why it is not the same, unless it is newer. */
function difference({ rpc, block }: Vote, agreed: BlockHeader): HeraldError | undefined {
  const { endpoint } = rpc
  const blockNumber = Number(agreed.number)
  if (block.number === agreed.number && block.hash !== agreed.hash)
    return new RpcDisagreesError({ endpoint, blockNumber, answered: block.hash, agreed: agreed.hash })
  if (block.number >= agreed.number) return undefined
  const behindMillis = (agreed.timestamp - block.timestamp) * 1000
  return new RpcBehindError({ endpoint, blockNumber, head: Number(block.number), behindMillis })
}

/** One question to all endpoints: who said what, and which block a quorum named, as soon as one did. */
class Ballot {
  readonly votes: Vote[] = []
  readonly faults: RpcFault[] = []
  agreed: AgreedBlock | undefined
  readonly #pool: RpcPool
  readonly #quorum: number

  constructor(pool: RpcPool, quorum: number) {
    this.#pool = pool
    this.#quorum = quorum
  }

  /** Resolves when a quorum agrees or all have answered; who answers later is still held against what was agreed. */
  hold(rpcs: readonly Rpc[], ask: (rpc: Rpc) => Promise<BlockHeader>): Promise<void> {
    return new Promise((resolve) => {
      let open = rpcs.length
      const settle = () => {
        open -= 1
        if (open === 0 || this.agreed !== undefined) resolve()
      }
      for (const rpc of rpcs)
        void ask(rpc)
          .then((block) => this.#count({ rpc, block }))
          .catch((error) => this.faults.push(this.#pool.blame(rpc, error as HeraldError)))
          .then(settle)
      if (open === 0) resolve()
    })
  }

  #count(vote: Vote): void {
    this.votes.push(vote)
    if (this.agreed !== undefined) {
      this.#judge(vote, this.agreed.block)
      return
    }
    const group = enough(this.votes, this.#quorum)
    if (group === undefined) return
    const { block } = group[0] as Vote
    this.agreed = { block, endpoints: group.map(({ rpc }) => rpc.endpoint) }
    for (const other of this.votes) this.#judge(other, block)
  }

  #judge(vote: Vote, agreed: BlockHeader): void {
    const error = difference(vote, agreed)
    if (error !== undefined) this.#pool.blame(vote.rpc, error)
  }
}

/** Block numbers to look for agreement at, where the endpoints' newest blocks differ: the k-th newest, then lower. */
function candidatesOf(votes: readonly Vote[], quorum: number): readonly bigint[] {
  const heads = votes.map(({ block }) => block.number).sort((a, b) => (a < b ? 1 : -1))
  const served = [...new Set(heads.slice(quorum - 1))]
  const lowest = served.at(-1)
  return lowest === undefined || lowest < branchBlocks ? served : [...served, lowest - branchBlocks]
}

/**
 * Finds the newest block that `quorum` endpoints of the pool agree on. Every endpoint that fails, lags behind or says
 * otherwise is reported by the pool, also after this has resolved.
 *
 * @throws QuorumUnreachableError
 */
export async function agreeOnBlock(pool: RpcPool, quorum: number): Promise<AgreedBlock> {
  const rpcs = pool.all
  const newest = new Ballot(pool, quorum)
  await newest.hold(rpcs, (rpc) => askHeader(rpc))
  if (newest.agreed !== undefined) return newest.agreed
  const faults = [...newest.faults]
  const heads = new Map(newest.votes.map(({ rpc, block }) => [rpc, block]))
  for (const number of candidatesOf(newest.votes, quorum)) {
    const ballot = new Ballot(pool, quorum)
    const ask = async (rpc: Rpc): Promise<BlockHeader> => {
      const head = heads.get(rpc) as BlockHeader
      // Who has newer blocks has this one; of the others it is known how far they are.
      return head.number > number ? askHeader(rpc, number) : head
    }
    await ballot.hold([...heads.keys()], ask)
    if (ballot.agreed !== undefined) return ballot.agreed
    faults.push(...ballot.faults)
  }
  const answers = newest.votes.map(({ rpc, block }) => ({
    endpoint: rpc.endpoint,
    blockNumber: Number(block.number),
    blockHash: block.hash,
  }))
  const facts = { quorum, endpoints: rpcs.length, answers, faults: summarise(faults) }
  throw new QuorumUnreachableError(facts, causeOf(faults))
}
