/** Puts the MessageAnchor contract on a chain. */
import { type DeployedContract, deployContract } from '../registry/deploy.ts'
import { openRpc, type Rpc, type RpcOptions } from '../registry/rpc.ts'
import { messageAnchorBytecode } from './abi/message-anchor-bytecode.ts'

/** Makes a MessageAnchor contract and waits for its block. @throws what `deployContract` of registry throws */
export function deployMessageAnchor(options: RpcOptions & { readonly rpc?: Rpc }): Promise<DeployedContract> {
  return deployContract(options.rpc ?? openRpc(options), 'MessageAnchor', messageAnchorBytecode)
}
