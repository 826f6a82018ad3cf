/** The AgentRegistry contract of a chain, opened for its typed clients. */
import { type Address, asAddress } from '../core/ids.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import type { ContractAccess } from './contract-access.ts'
import { decodeRegistryRevert } from './contract-errors.ts'
import { NoAccountError } from './errors.ts'
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts'

/** Which registry, and how its chain is reached. */
export interface RegistryAccessOptions extends RpcOptions {
  /** The chain the registry is on. */
  readonly chainId: number
  /** Address of the AgentRegistry contract, 20 bytes. */
  readonly registry: string
  /** An endpoint that is open already, in place of the options to open one. */
  readonly rpc?: Rpc
}

/** The registry, ready to be called. */
export type RegistryAccess = ContractAccess<typeof agentRegistryAbi>

/** Opens the registry; nothing is asked of the endpoint yet. @throws InvalidArgumentError */
export function openRegistry(options: RegistryAccessOptions): RegistryAccess {
  const { chainId } = options
  const address = asAddress(options.registry)
  return {
    abi: agentRegistryAbi,
    address,
    rpc: options.rpc ?? openRpc(options),
    chainId,
    decodeRevert: decodeRegistryRevert,
  }
}

/** The agent acted for: the one named, or the account itself. @throws `registry.no_account`, InvalidArgumentError */
export function actingAgent({ rpc }: RegistryAccess, method: string, agent: Address | undefined): Address {
  const acting = agent ?? rpc.account
  if (acting === undefined) throw new NoAccountError({ method })
  return asAddress(acting)
}
