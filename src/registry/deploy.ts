/**
 * Puts contracts on a chain, by the canonical CREATE2 factory. The bytecode is the package's own, so that anyone gets
 * the same contract at the same address on every chain, and nobody who comes first can put another there.
 */
import { concat } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'
import { agentRegistryBytecode } from './abi/agent-registry-bytecode.ts'
import { create2Address, create2Factory, defaultSalt, ensureFactory, hasCode } from './create2.ts'
import { openRpc, type Rpc, type RpcOptions } from './rpc.ts'
import type { Receipt } from './send-transaction.ts'

/** A contract that stands on the chain. */
export interface DeployedContract {
  readonly address: Address
  /** The transaction that made it; nothing when it stood there before. */
  readonly transaction: Receipt | undefined
}

/** How a contract is deployed. */
export interface DeployOptions extends RpcOptions {
  /** An endpoint that is open already, in place of the options to open one. */
  readonly rpc?: Rpc
  /** 32 bytes; another salt gives another address. Default zero, which gives the canonical one. */
  readonly salt?: Hex
}

/** The factory reverts when the contract stands there already, as it does when somebody came first: no loss. */
async function makeUnlessThere(rpc: Rpc, name: string, address: Address, data: Hex): Promise<Receipt | undefined> {
  try {
    return await rpc.send({ method: `deploy ${name}`, to: create2Factory, data })
  } catch (error) {
    if (isHeraldError(error, 'registry.reverted') && (await hasCode(rpc, address))) return undefined
    throw error
  }
}

/**
 * Makes a contract, unless it stands there already, and waits for its block. Makes the factory too where it is missing.
 *
 * @param name of the contract, for messages
 * @param creationCode with constructor arguments appended if it takes any
 * @throws a `registry.*` error: `registry.no_account`, `registry.insufficient_funds`, `registry.factory_unavailable`,
 *   `registry.no_contract`, or why the endpoint cannot be asked
 */
export async function deployContract(
  options: DeployOptions,
  name: string,
  creationCode: Hex,
): Promise<DeployedContract> {
  const { rpc = openRpc(options), salt = defaultSalt } = options
  const address = create2Address(creationCode, salt)
  if (await hasCode(rpc, address)) return { address, transaction: undefined }
  await ensureFactory(rpc)
  const transaction = await makeUnlessThere(rpc, name, address, concat([salt, creationCode]))
  await rpc.assertContract(address)
  return { address, transaction }
}

/** Makes an AgentRegistry contract, unless it stands there already. @throws what `deployContract` throws */
export function deployAgentRegistry(options: DeployOptions): Promise<DeployedContract> {
  return deployContract(options, 'AgentRegistry', agentRegistryBytecode)
}
