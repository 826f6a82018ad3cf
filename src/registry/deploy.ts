/** Puts contracts on a chain. The bytecode is the package's own, so that anyone gets the same contract. */
import type { Hex } from '../core/bytes.ts'
import type { Address } from '../core/ids.ts'
import { agentRegistryBytecode } from './abi/agent-registry-bytecode.ts'
import { MalformedAnswerError } from './errors.ts'
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts'

/** A contract that was just made. */
export interface DeployedContract {
  readonly address: Address
  readonly transactionHash: Hex
  readonly blockNumber: bigint
  readonly gasUsed: bigint
}

/**
 * Makes a contract and waits for its block.
 *
 * @param name of the contract, for messages
 * @param bytecode creation code, with constructor arguments appended if it takes any
 * @throws a `registry.*` error: `registry.no_account`, `registry.insufficient_funds`, or why the endpoint cannot be asked
 */
export async function deployContract(rpc: Rpc, name: string, bytecode: Hex): Promise<DeployedContract> {
  const method = `deploy ${name}`
  const { contractAddress, ...receipt } = await rpc.send({ method, data: bytecode })
  if (contractAddress === undefined) throw new MalformedAnswerError({ endpoint: rpc.endpoint, method })
  await rpc.assertContract(contractAddress)
  return { address: contractAddress, ...receipt }
}

/** Makes an AgentRegistry contract and waits for its block. @throws what `deployContract` throws */
export function deployAgentRegistry(options: RpcOptions & { readonly rpc?: Rpc }): Promise<DeployedContract> {
  return deployContract(options.rpc ?? openRpc(options), 'AgentRegistry', agentRegistryBytecode)
}
