/** Several endpoints of one chain, each held to account for itself: what one gets wrong is reported under its name. */
import { type HeraldError, InvalidArgumentError } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'
import type { FaultSummary } from './proof-errors.ts'
import { openRpc, type Rpc } from './rpc.ts'

/** What an endpoint did wrong, or could not do. The error's own facts say which part of which answer. */
export interface RpcFault {
  /** Origin of its URL. */
  readonly endpoint: string
  readonly error: HeraldError
}

/** Which endpoints. */
export interface RpcPoolOptions {
  /** Their URLs, best first; each under an origin of its own. */
  readonly rpcs: readonly string[]
  /** The chain that all of them have to serve. */
  readonly chainId: number
  /** How long one request may take. Default 10 s. */
  readonly timeoutMillis?: Millis | undefined
  /** Told of each fault; what it throws is ignored. */
  readonly onFault?: ((fault: RpcFault) => void) | undefined
}

/** In short, for an error's facts. */
export function summarise(faults: readonly RpcFault[]): readonly FaultSummary[] {
  return faults.map(({ endpoint, error }) => ({ endpoint, code: error.code }))
}

/** For an error's cause. */
export function causeOf(faults: readonly RpcFault[]): AggregateError {
  return new AggregateError(faults.map(({ error }) => error))
}

/** The endpoints, the ones that failed last at the end. */
export class RpcPool {
  readonly #onFault: RpcPoolOptions['onFault']
  #order: readonly Rpc[]

  /** @throws InvalidArgumentError on a URL that is none, or two of one origin: a quorum of them would be one voice */
  constructor({ rpcs, chainId, timeoutMillis, onFault }: RpcPoolOptions) {
    const timeout = timeoutMillis === undefined ? {} : { timeoutMillis }
    this.#order = rpcs.map((rpcUrl) => openRpc({ rpcUrl, chainId, ...timeout }))
    this.#onFault = onFault
    if (this.#order.length === 0 || new Set(this.endpoints).size < rpcs.length)
      throw new InvalidArgumentError({
        argument: 'rpcs',
        expected: 'URLs of one or more endpoints, each of its own origin',
      })
  }

  /** The endpoints, most trusted to answer first. */
  get all(): readonly Rpc[] {
    return this.#order
  }

  /** Their origins. */
  get endpoints(): readonly string[] {
    return this.#order.map(({ endpoint }) => endpoint)
  }

  /** Reports a fault, and asks the endpoint last from now on. */
  blame(rpc: Rpc, error: HeraldError): RpcFault {
    const fault = { endpoint: rpc.endpoint, error }
    this.#order = [...this.#order.filter((other) => other !== rpc), rpc]
    try {
      this.#onFault?.(fault)
    } catch {
      // A listener's own trouble is not the look-up's.
    }
    return fault
  }

  /** What the first endpoint gives that does not fail, or the faults of all. */
  async firstOf<T>(step: (rpc: Rpc) => Promise<T>): Promise<{ readonly value: T } | readonly RpcFault[]> {
    const faults: RpcFault[] = []
    for (const rpc of this.#order) {
      try {
        return { value: await step(rpc) }
      } catch (error) {
        faults.push(this.blame(rpc, error as HeraldError))
      }
    }
    return faults
  }
}
