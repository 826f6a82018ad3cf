/**
 * Follows the registry's events by polling its logs. An event only ever makes a cache forget: whoever withholds one
 * gains nothing beyond the time that a cached answer is fresh anyway.
 */
import { getAbiItem } from 'viem'
import { getLogs } from 'viem/actions'
import { type Address, asAddress, asCardId, type CardId, type Millis } from '../core/ids.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { headBlock } from './card-logs.ts'
import type { Rpc } from './rpc.ts'

/** What is watched, and whom to tell. */
export interface WatchOptions {
  readonly rpc: Rpc
  readonly registry: Address
  /** Pause between two polls. */
  readonly pollMillis: Millis
  /** These cards of the agent changed, and which one is its current. */
  onChange(agent: Address, cardIds: readonly CardId[]): void
  /** Too much happened to be followed: anything may have changed. */
  onGap(): void
}

const events = [
  getAbiItem({ abi: agentRegistryAbi, name: 'CardPublished' }),
  getAbiItem({ abi: agentRegistryAbi, name: 'CardRevoked' }),
] as const

/** Logs of more blocks than this are not asked for: the watcher was away too long. */
const maxBlocksBehind = 1000n
/** Blocks looked at once more, since an endpoint may know a block before its logs. */
const overlapBlocks = 2n

async function poll(options: WatchOptions, last: bigint | undefined): Promise<bigint> {
  const { rpc, registry } = options
  const head = await headBlock(rpc)
  if (last !== undefined && head <= last) return last
  if (last !== undefined && head - last > maxBlocksBehind) {
    options.onGap()
    return head
  }
  const from = (last ?? head) - overlapBlocks
  const range = { fromBlock: from < 0n ? 0n : from, toBlock: head }
  const logs = await rpc.run('eth_getLogs', (client) =>
    getLogs(client, { address: registry, events, ...range, strict: true }),
  )
  for (const { args } of logs) {
    const previous = 'previous' in args ? [asCardId(args.previous)] : []
    options.onChange(asAddress(args.agent), [asCardId(args.cardId), ...previous])
  }
  return head
}

/** Starts to watch; `stop` ends it. An endpoint that cannot be asked is asked again at the next poll. */
export function watchRegistry(options: WatchOptions): { stop(): void } {
  let last: bigint | undefined
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const step = async (): Promise<void> => {
    try {
      last = await poll(options, last)
    } catch {
      // What happened meanwhile is asked for at the next poll, from the same block on.
    }
    if (!stopped) schedule()
  }
  const schedule = (): void => {
    timer = setTimeout(() => void step(), options.pollMillis)
    // In Node.js a watcher alone does not keep the process alive; browsers have no such thing.
    const { unref } = timer as { unref?: () => void }
    unref?.call(timer)
  }
  void step()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
