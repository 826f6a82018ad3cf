/**
 * An Ethereum JSON-RPC endpoint as the registry and the anchors use it: checked once to serve the chain it should,
 * every failure a typed error, transactions signed here and followed to their block. Calls are not repeated in here:
 * each error says whether a retry helps, and the caller decides.
 */
import { createClient, custom, http, type LocalAccount } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getChainId, getCode } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress } from '../core/ids.ts'
import type { RevertDecoder } from './contract-errors.ts'
import { NoAccountError, NoContractError, WrongChainError } from './errors.ts'
import type { RpcClient, RunAction } from './rpc-client.ts'
import { rpcError } from './rpc-error.ts'
import { broadcastTransaction, type Receipt, sendTransaction, type TransactionRequest } from './send-transaction.ts'
import { guardedSigner } from './signer.ts'
import type { RegistryTypedData } from './typed-data.ts'

/** An EIP-1193 provider: viem's clients, a wallet in a browser, or anything else that answers JSON-RPC. */
export interface RpcProvider {
  // biome-ignore lint/suspicious/noExplicitAny: EIP-1193 leaves both open, and viem's own type is narrower on each.
  request(call: any): Promise<any>
}

/** How an endpoint is reached. */
export interface RpcOptions {
  /** URL of the endpoint; either this or `client`. */
  readonly rpcUrl?: string
  /** A client or provider that reaches the endpoint; either this or `rpcUrl`. */
  readonly client?: RpcProvider
  /** The chain it has to serve; whichever it serves when left out. */
  readonly chainId?: number
  /** Signs transactions: a viem account, or its private key of 32 bytes. Reading needs none. */
  readonly account?: LocalAccount | Hex
  /** How long one HTTP request may take. Default 10 s. */
  readonly timeoutMillis?: number
  /** How long a transaction may take into a block before `send` gives up waiting. Default 2 min. */
  readonly receiptTimeoutMillis?: number
}

/** A checked endpoint. */
export interface Rpc {
  /** Origin of its URL, for messages: the path may hold an API key. */
  readonly endpoint: string
  /** Who signs transactions, if anyone does. */
  readonly account: Address | undefined
  /** The chain it serves. @throws `registry.wrong_chain`, or why it cannot be asked */
  chainId(): Promise<number>
  /** Makes sure, once for each address, that a contract stands there. @throws `registry.no_contract` */
  assertContract(contract: Address): Promise<void>
  /** Runs viem actions against the endpoint; every failure is a `registry.*` error. */
  readonly run: RunAction
  /** Signs a transaction, sends it, and waits for its block. @throws a `registry.*` error, a revert's own included */
  send(request: TransactionRequest): Promise<Receipt>
  /** The same endpoint with another account. @throws InvalidArgumentError on an account that is none */
  as(account: LocalAccount | Hex): Rpc
  /** Signs EIP-712 typed data with the account. @throws `registry.no_account`, or what the wallet throws */
  signTypedData(data: RegistryTypedData): Promise<Hex>
  /** Sends a transaction that was signed elsewhere, and waits for its block. @throws a `registry.*` error */
  broadcast(method: string, signed: Hex): Promise<Receipt>
}

const defaultTimeoutMillis = 10_000
const defaultReceiptTimeoutMillis = 120_000

function accountOf(account: LocalAccount | Hex | undefined): LocalAccount | undefined {
  if (typeof account !== 'string') return account
  try {
    return privateKeyToAccount(account)
  } catch {
    // The cause may quote the key.
    throw new InvalidArgumentError({ argument: 'account', expected: 'a private key of 32 bytes as 0x hexadecimal' })
  }
}

function endpointOf(rpcUrl: string): string {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgumentError({ argument: 'rpcUrl', expected: 'an http or https URL' })
  return url.origin
}

/** A refusal's status counts, whatever its body claims to be: without a content type viem does not insist on JSON. */
async function lenientFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  return response.ok ? response : new Response(response.body, { status: response.status })
}

function connect({ rpcUrl, client, timeoutMillis = defaultTimeoutMillis }: RpcOptions): [RpcClient, string] {
  if ((rpcUrl === undefined) === (client === undefined))
    throw new InvalidArgumentError({ argument: 'rpcUrl', expected: 'given, unless client is' })
  const policy = { retryCount: 0, timeout: timeoutMillis }
  if (client !== undefined) {
    const provider = { request: (call: unknown) => client.request(call) }
    return [createClient({ transport: custom(provider, policy), ccipRead: false }), 'the client given']
  }
  const endpoint = endpointOf(rpcUrl as string)
  // CCIP-Read off: a contract must not be able to make this process fetch URLs of its choice.
  return [createClient({ transport: http(rpcUrl, { ...policy, fetchFn: lenientFetch }), ccipRead: false }), endpoint]
}

/** Runs an asynchronous step once: concurrent callers share it, and a failure is forgotten. */
function once<T>(step: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= step().catch((error) => {
      running = undefined
      throw error
    })
    return running
  }
}

/**
 * Opens an endpoint. Nothing is asked of it before the first call.
 *
 * @throws InvalidArgumentError on a URL or an account that is none
 */
export function openRpc(options: RpcOptions): Rpc {
  const [client, endpoint] = connect(options)
  const wallet = accountOf(options.account)
  const signer = wallet && guardedSigner(wallet)
  const account = signer && asAddress(signer.address)
  const receiptTimeoutMillis = options.receiptTimeoutMillis ?? defaultReceiptTimeoutMillis

  const ask = async <T>(
    method: string,
    action: (client: RpcClient) => Promise<T>,
    decodeRevert?: RevertDecoder,
  ): Promise<T> => {
    try {
      return await action(client)
    } catch (error) {
      throw rpcError(error, { endpoint, method, account, decodeRevert })
    }
  }
  const chainId = once(async () => {
    const actual = await ask('eth_chainId', (client) => getChainId(client))
    const expected = options.chainId ?? actual
    if (actual !== expected) throw new WrongChainError({ endpoint, expected, actual })
    return actual
  })
  const run: RunAction = async (method, action, decodeRevert) => {
    await chainId()
    return ask(method, action, decodeRevert)
  }
  const checked = new Map<Address, () => Promise<void>>()
  const checkContract = (contract: Address) =>
    once(async () => {
      const code = await run('eth_getCode', (client) => getCode(client, { address: contract }))
      if (code === undefined) throw new NoContractError({ endpoint, chainId: await chainId(), contract })
    })
  return {
    endpoint,
    account,
    chainId,
    run,
    assertContract: (contract) => {
      const check = checked.get(contract) ?? checkContract(contract)
      checked.set(contract, check)
      return check()
    },
    send: async (request) => {
      if (signer === undefined) throw new NoAccountError({ method: request.method })
      return sendTransaction({ run, chainId: await chainId(), signer, receiptTimeoutMillis }, request)
    },
    as: (other) => openRpc({ ...options, account: other }),
    signTypedData: async (data) => {
      if (wallet === undefined) throw new NoAccountError({ method: 'signTypedData' })
      return wallet.signTypedData(data)
    },
    broadcast: (method, signed) => broadcastTransaction({ run, receiptTimeoutMillis }, method, signed),
  }
}
