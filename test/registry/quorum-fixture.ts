/** Three endpoints in front of one chain, each of which can lie, and readers that ask all of them. */
import { encodeRlp, keccak256 } from 'ethers'
import { createProvenReader, type ProvenReaderOptions } from '../../src/registry/create-proven-reader.ts'
import type { CardReader } from '../../src/registry/registry-client.ts'
import type { RpcFault } from '../../src/registry/rpc-pool.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'
import { type Liar, type LyingProxy, startLyingProxy } from './lying-proxy.ts'

/** A block as JSON-RPC gives it. */
export type RawBlock = Record<string, string>

/** The chain, its endpoints, and what they were blamed for. */
export interface QuorumFixture extends AsyncDisposable {
  readonly registry: RegistryFixture
  readonly proxies: readonly [LyingProxy, LyingProxy, LyingProxy]
  /** What readers reported since the last reset. */
  readonly faults: RpcFault[]
  /** A reader of all three endpoints, two of which have to agree. */
  reader(change?: Partial<ProvenReaderOptions>): Promise<CardReader>
  /** All endpoints tell the truth, and nothing was reported. */
  reset(): void
  /** Asks the chain itself. */
  call<T>(method: string, ...params: unknown[]): Promise<T>
}

/** Starts all of it. */
export async function startQuorumFixture(): Promise<QuorumFixture> {
  const registry = await startRegistryFixture()
  const { rpcUrl, chainId } = registry.chain
  const start = () => startLyingProxy(rpcUrl)
  const proxies = [await start(), await start(), await start()] as const
  let faults: RpcFault[] = []
  return {
    registry,
    proxies,
    get faults() {
      return faults
    },
    reader: (change = {}) => {
      // An answer that comes late is not counted against the next test's endpoints.
      const mine = faults
      return createProvenReader({
        rpcs: proxies.map((proxy) => proxy.rpcUrl),
        proofs: true,
        chainId,
        registry: registry.registry,
        onFault: (fault) => mine.push(fault),
        ...change,
      })
    },
    reset: () => {
      faults = []
      for (const proxy of proxies) {
        proxy.liar = undefined
        proxy.calls.length = 0
      }
    },
    call: async (method, ...params) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return ((await (await fetch(rpcUrl, { method: 'POST', body })).json()) as { result: never }).result
    },
    [Symbol.asyncDispose]: async () => {
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
      await registry[Symbol.asyncDispose]()
    },
  }
}

/** A liar about one method, given the truth. */
export function lieAbout<T>(method: string, lie: (truth: T, params: readonly unknown[]) => unknown): Liar {
  return async (call, truth) =>
    call.method === method ? { result: await lie((await truth()) as T, call.params) } : undefined
}

const headerFields =
  'parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit gasUsed ' +
  'timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash'

/** The names of a header's fields, in the order in which they are hashed. */
export const headerNames: readonly string[] = headerFields.split(' ')

const quantities = /^(difficulty|number|gasLimit|gasUsed|timestamp|baseFeePerGas|blobGasUsed|excessBlobGas)$/

/** keccak256 of a header, by other code than the one under test. */
function hashBlock(block: RawBlock): string {
  const fields = headerNames.map((name) => {
    const text = block[name] as string
    if (!quantities.test(name)) return text
    const digits = BigInt(text) === 0n ? '' : BigInt(text).toString(16)
    return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
  })
  return keccak256(encodeRlp(fields))
}

/** A block that never was, whose hash is right. */
export function forgeBlock(block: RawBlock, change: Partial<RawBlock>): RawBlock {
  const forged = { ...block, ...change } as RawBlock
  return { ...forged, hash: hashBlock(forged) }
}

/** The text with one hexadecimal digit changed, by default the last. */
export function damaged(text: string, place = text.length - 1): string {
  const digit = (Number.parseInt(text[place] as string, 16) ^ 1).toString(16)
  return text.slice(0, place) + digit + text.slice(place + 1)
}
