/**
 * What viem, a provider or a hostile endpoint can throw, as `registry.*` errors. Nothing raw leaves: viem's errors hold
 * the RPC URL with its API key, so only the names and codes along the chain of causes are kept as the cause.
 */
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'
import type { RevertDecoder } from './contract-errors.ts'
import {
  InsufficientFundsError,
  MalformedAnswerError,
  NonceConflictError,
  RevertedError,
  RpcFailedError,
  RpcRefusedError,
  RpcUnreachableError,
} from './errors.ts'

/** What was asked of whom. */
export interface RpcCall {
  /** Origin of the RPC URL. */
  readonly endpoint: string
  readonly method: string
  readonly account: Address | undefined
  readonly decodeRevert: RevertDecoder | undefined
}

interface Thrown {
  readonly name?: unknown
  readonly code?: unknown
  readonly status?: unknown
  readonly data?: unknown
  readonly details?: unknown
  readonly message?: unknown
  readonly cause?: unknown
}

const maxChainLength = 12
const maxDetailLength = 200

/** The error and its causes, outermost first. */
function chainOf(error: unknown): readonly Thrown[] {
  const chain: Thrown[] = []
  for (let link: unknown = error; chain.length < maxChainLength; link = (link as Thrown).cause) {
    if (typeof link !== 'object' || link === null) break
    chain.push(link as Thrown)
  }
  return chain
}

/** The names and codes of an error and its causes, as an error that can be shown; never their messages. */
export function outline(error: unknown): Error {
  return outlineOf(chainOf(error))
}

function outlineOf(chain: readonly Thrown[]): Error {
  const links = chain.map(({ name, code, status }) => {
    const facts = [code, status].filter((fact) => typeof fact === 'number' || /^[A-Z_]{2,40}$/.test(String(fact)))
    return [typeof name === 'string' ? name.slice(0, 60) : 'Error', ...facts].join(' ')
  })
  return new Error(links.join(' < ') || 'unknown')
}

/** Text of an endpoint's own making, made harmless: one line, short, and without the URL it was asked under. */
function harmless(text: unknown): string {
  const line = typeof text === 'string' ? text.replace(/[^ -~]+/g, ' ').replace(/\b[a-z]+:\/\/\S+/gi, '(url)') : ''
  return line.slice(0, maxDetailLength)
}

/** The bytes a contract reverted with, wherever in the chain a node put them. */
function revertDataOf(chain: readonly Thrown[]): Hex | undefined {
  for (const { data } of chain) {
    const found = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data
    if (typeof found === 'string' && /^0x(?:[0-9a-f]{2}){4,}$/i.test(found)) return found.toLowerCase() as Hex
  }
  return undefined
}

function find(chain: readonly Thrown[], ...names: readonly string[]): Thrown | undefined {
  return chain.find(({ name }) => names.includes(String(name)))
}

function isRevert(chain: readonly Thrown[]): boolean {
  return find(chain, 'ExecutionRevertedError') !== undefined || chain.some(({ code }) => code === 3)
}

function revertError(chain: readonly Thrown[], call: RpcCall, cause: Error): HeraldError | undefined {
  const data = revertDataOf(chain)
  if (data === undefined && !isRevert(chain)) return undefined
  const decoded = data && call.decodeRevert?.(data)
  const selector = data?.slice(0, 10) as Hex | undefined
  return decoded ?? new RevertedError({ method: call.method, selector, transactionHash: undefined }, cause)
}

/** HTTP statuses that a pause may cure: 408, 425, 429 and 500 to 599. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

function httpError(chain: readonly Thrown[], call: RpcCall, cause: Error): HeraldError | undefined {
  const { endpoint, method } = call
  const unreachable = (reason: 'timeout' | 'connection' | 'http', status?: number) =>
    new RpcUnreachableError({ endpoint, method, reason, status }, cause)
  if (find(chain, 'TimeoutError', 'AbortError')) return unreachable('timeout')
  if (find(chain, 'SyntaxError', 'ResponseBodyTooLargeError'))
    return new MalformedAnswerError({ endpoint, method }, cause)
  const status = chain.find((link) => typeof link.status === 'number')?.status as number | undefined
  if (status !== undefined)
    return isPassing(status) ? unreachable('http', status) : new RpcRefusedError({ endpoint, method, status }, cause)
  const isFetch = chain.some(({ message }) => message === 'fetch failed')
  if (isFetch || find(chain, 'HttpRequestError', 'SocketClosedError', 'WebSocketRequestError'))
    return unreachable('connection')
  return undefined
}

function accountError(chain: readonly Thrown[], call: RpcCall, cause: Error): HeraldError | undefined {
  const { account, method } = call
  if (account === undefined) return undefined
  const poor = chain.some(({ details }) => /insufficient funds|enough funds/i.test(String(details)))
  if (poor || find(chain, 'InsufficientFundsError')) return new InsufficientFundsError({ account, method }, cause)
  if (find(chain, 'NonceTooLowError', 'NonceTooHighError')) return new NonceConflictError({ account, method }, cause)
  return undefined
}

/** JSON-RPC codes by which endpoints say "too much, later" (EIP-1474: -32005). */
const limitCodes: readonly unknown[] = [-32005, -32029, 429]

function answeredError(chain: readonly Thrown[], call: RpcCall, cause: Error): HeraldError {
  const { endpoint, method } = call
  const answered = find(chain, 'RpcRequestError') ?? chain.find(({ code }) => typeof code === 'number' && code !== -1)
  if (typeof answered?.code === 'number') {
    if (limitCodes.includes(answered.code))
      return new RpcUnreachableError({ endpoint, method, reason: 'limit', status: undefined }, cause)
    const detail = harmless(answered.details ?? answered.message)
    return new RpcFailedError({ endpoint, method, rpcCode: answered.code, detail }, cause)
  }
  // A provider of the caller's own that throws without saying why; what viem cannot read throws a TypeError.
  if (find(chain, 'UnknownRpcError') && !find(chain, 'TypeError', 'RpcRequestError'))
    return new RpcUnreachableError({ endpoint, method, reason: 'connection', status: undefined }, cause)
  return new MalformedAnswerError({ endpoint, method }, cause)
}

/** The typed error for whatever was thrown while an endpoint was asked. */
export function rpcError(error: unknown, call: RpcCall): HeraldError {
  const chain = chainOf(error)
  // viem wraps whatever is thrown while it works, what the account's signer throws included.
  const own = chain.find((link) => link instanceof HeraldError)
  if (own instanceof HeraldError) return own
  const cause = outlineOf(chain)
  return (
    revertError(chain, call, cause) ??
    accountError(chain, call, cause) ??
    httpError(chain, call, cause) ??
    answeredError(chain, call, cause)
  )
}
