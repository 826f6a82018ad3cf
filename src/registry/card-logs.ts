/**
 * Finds the `CardPublished` logs in which card bytes are. Endpoints limit how many blocks one query may span, each in
 * its own way: a range that is refused is cut in half and asked again, newest first.
 */
import { getAbiItem, keccak256 } from 'viem'
import { getBlockNumber, getLogs } from 'viem/actions'
import { fromHex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Seconds } from '../core/ids.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { CardBytesMismatchError } from './errors.ts'
import type { Rpc } from './rpc.ts'
import type { RpcClient } from './rpc-client.ts'

/** One publication, as its log tells it: nothing in it is proven but that the bytes hash to the card id. */
export interface CardLog {
  readonly agent: Address
  readonly cardId: CardId
  readonly epoch: number
  readonly previousValidUntil: Seconds
  readonly cardBytes: Uint8Array
  readonly blockNumber: bigint
}

/** Which logs are looked for. */
export interface CardLogQuery {
  readonly agent: Address
  readonly cardId?: CardId
}

/** A range of blocks, both ends included. */
export interface BlockRange {
  readonly fromBlock: bigint
  readonly toBlock: bigint
}

const cardPublished = getAbiItem({ abi: agentRegistryAbi, name: 'CardPublished' })

async function fetchLogs(
  client: RpcClient,
  endpoint: string,
  registry: Address,
  query: CardLogQuery,
  range: BlockRange,
) {
  const logs = await getLogs(client, { address: registry, event: cardPublished, args: query, ...range, strict: true })
  const found: CardLog[] = []
  for (const { args, address, blockNumber, removed } of logs) {
    const agent = asAddress(args.agent)
    const cardId = asCardId(args.cardId)
    // What was not asked for is not looked at: an endpoint may answer with logs of any contract.
    const asked =
      agent === query.agent && (query.cardId ?? cardId) === cardId && String(address).toLowerCase() === registry
    if (!asked || removed) continue
    const actual = asCardId(keccak256(args.card))
    if (actual !== cardId) throw new CardBytesMismatchError({ endpoint, agent, cardId, actual })
    const { epoch, previousValidUntil } = args
    found.push({ agent, cardId, epoch, previousValidUntil, cardBytes: fromHex(args.card), blockNumber })
  }
  return found
}

/** The logs of one range of blocks. @throws `registry.card_bytes_mismatch`, or why the endpoint cannot be asked */
export function cardLogsIn(rpc: Rpc, registry: Address, query: CardLogQuery, range: BlockRange) {
  return rpc.run('eth_getLogs', (client) => fetchLogs(client, rpc.endpoint, registry, query, range))
}

/** An endpoint that says no to a range may say yes to half of it. */
function isTooMuch(error: unknown, { fromBlock, toBlock }: BlockRange): boolean {
  const refused = ['registry.rpc_failed', 'registry.rpc_refused'].some((code) => isHeraldError(error, code))
  return refused && fromBlock < toBlock
}

/**
 * Searches a range of blocks from its end, in ranges as large as the endpoint allows.
 *
 * @throws `registry.card_bytes_mismatch`, or why the endpoint cannot be asked
 */
export async function* searchCardLogs(
  rpc: Rpc,
  registry: Address,
  query: CardLogQuery,
  range: BlockRange,
): AsyncGenerator<readonly CardLog[]> {
  let toBlock = range.toBlock
  let span = toBlock - range.fromBlock + 1n
  while (toBlock >= range.fromBlock) {
    const start = toBlock - span + 1n
    const piece = { fromBlock: start < range.fromBlock ? range.fromBlock : start, toBlock }
    try {
      yield await cardLogsIn(rpc, registry, query, piece)
      toBlock = piece.fromBlock - 1n
    } catch (error) {
      if (!isTooMuch(error, piece)) throw error
      span = (piece.toBlock - piece.fromBlock + 1n) / 2n
    }
  }
}

/** The number of the newest block. */
export function headBlock(rpc: Rpc): Promise<bigint> {
  return rpc.run('eth_blockNumber', (client) => getBlockNumber(client, { cacheTime: 0 }))
}

const hintModulus = 2n ** 32n

/**
 * The newest block that a record's hint can mean.
 *
 * @param hint low 32 bits of the block number, as the contract saw it
 * @param head the newest block's number
 */
export function hintedBlock(hint: number, head: bigint): bigint | undefined {
  const candidate = (head / hintModulus) * hintModulus + BigInt(hint)
  const block = candidate > head ? candidate - hintModulus : candidate
  return block >= 0n ? block : undefined
}
