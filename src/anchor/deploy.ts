/** Puts Herald's contracts on a chain: the anchor contract, or both with one call. */
import { type DeployedContract, type DeployOptions, deployAgentRegistry, deployContract } from '../registry/deploy.ts'
import type { Deployment } from '../registry/deployment.ts'
import { openRpc } from '../registry/rpc.ts'
import { messageAnchorBytecode } from './abi/message-anchor-bytecode.ts'

/** Makes a MessageAnchor contract, unless it stands there already. @throws what `deployContract` of registry throws */
export function deployMessageAnchor(options: DeployOptions): Promise<DeployedContract> {
  return deployContract(options, 'MessageAnchor', messageAnchorBytecode)
}

/** Both contracts on one chain. */
export interface DeployedContracts {
  readonly registry: DeployedContract
  readonly anchor: DeployedContract
  /** What a deployment file says of them. */
  readonly deployment: Deployment
}

function transactionsOf(registry: DeployedContract, anchor: DeployedContract): Deployment['transactions'] {
  const made = Object.entries({ registry, anchor }).map(([name, { transaction }]) => [
    name,
    transaction?.transactionHash,
  ])
  const known = Object.fromEntries(made.filter(([, hash]) => hash !== undefined))
  return Object.keys(known).length === 0 ? undefined : known
}

/**
 * Deploys both contracts at their canonical addresses, which are the same on every chain; what stands there already is
 * left as it is and costs nothing.
 *
 * @param options the endpoint, and the account that pays; any account gives the same addresses
 * @throws a `registry.*` error: `registry.no_account`, `registry.insufficient_funds`, `registry.factory_unavailable`, or
 *   why the endpoint cannot be asked
 * @example
 * ```ts
 * import { deployContracts } from 'herald'
 *
 * const { deployment } = await deployContracts({
 *   rpcUrl: 'http://127.0.0.1:8545',
 *   account: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
 * })
 * console.log(deployment.registry)
 * ```
 */
export async function deployContracts(options: DeployOptions): Promise<DeployedContracts> {
  const { rpc = openRpc(options), salt } = options
  const common = { rpc, ...(salt && { salt }) }
  const registry = await deployAgentRegistry(common)
  const anchor = await deployMessageAnchor(common)
  const transactions = transactionsOf(registry, anchor)
  const places = { chainId: await rpc.chainId(), registry: registry.address, anchor: anchor.address }
  return { registry, anchor, deployment: transactions ? { ...places, transactions } : places }
}
