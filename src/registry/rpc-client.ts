/** The types by which actions reach an endpoint. */
import type { Chain, Client, Transport } from 'viem'
import type { RevertDecoder } from './contract-errors.ts'

/** viem's client, for actions of `viem/actions`. */
export type RpcClient = Client<Transport, Chain | undefined, undefined>

/**
 * Runs viem actions against an endpoint.
 *
 * @param method what is asked, for messages
 * @throws a `registry.*` error for whatever the endpoint, or the decoding of its answer, throws
 */
export type RunAction = <T>(
  method: string,
  action: (client: RpcClient) => Promise<T>,
  decodeRevert?: RevertDecoder,
) => Promise<T>
