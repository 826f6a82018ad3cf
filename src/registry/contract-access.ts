/** One contract on one chain, ready to be called: what the typed clients of both contracts share. */
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  encodeFunctionData,
} from 'viem'
import { readContract } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import type { Address } from '../core/ids.ts'
import type { RevertDecoder } from './contract-errors.ts'
import { WrongChainError } from './errors.ts'
import type { Rpc } from './rpc.ts'
import type { Receipt } from './send-transaction.ts'

/** A contract, and how it is reached. */
export interface ContractAccess<ContractAbi extends Abi> {
  readonly abi: ContractAbi
  readonly address: Address
  readonly rpc: Rpc
  readonly chainId: number
  readonly decodeRevert: RevertDecoder
}

type Writing = 'nonpayable'
type Reading = 'view' | 'pure'

/** Makes sure that the endpoint serves the chain and the contract is there. @throws `registry.wrong_chain`, `registry.no_contract` */
async function assertReady({ rpc, address, chainId }: Pick<ContractAccess<Abi>, 'rpc' | 'address' | 'chainId'>) {
  const actual = await rpc.chainId()
  if (actual !== chainId) throw new WrongChainError({ endpoint: rpc.endpoint, expected: chainId, actual })
  await rpc.assertContract(address)
}

/** Calls a function in a transaction and waits for its block. @throws a `registry.*` error, or the contract's own */
export async function transact<const ContractAbi extends Abi, Name extends ContractFunctionName<ContractAbi, Writing>>(
  access: ContractAccess<ContractAbi>,
  functionName: Name,
  args: ContractFunctionArgs<ContractAbi, Writing, Name>,
): Promise<Receipt> {
  const { abi, address, rpc, decodeRevert } = access
  await assertReady(access)
  // viem cannot follow a name that is still open; the parameters above hold it to the ABI.
  const call = { abi, functionName, args } as unknown as Parameters<typeof encodeFunctionData>[0]
  return rpc.send({ method: functionName, to: address, data: encodeFunctionData(call) as Hex, decodeRevert })
}

/** Asks a view. @throws a `registry.*` error, or the contract's own */
export async function ask<const ContractAbi extends Abi, Name extends ContractFunctionName<ContractAbi, Reading>>(
  access: ContractAccess<ContractAbi>,
  functionName: Name,
  args: ContractFunctionArgs<ContractAbi, Reading, Name>,
): Promise<ContractFunctionReturnType<ContractAbi, Reading, Name>> {
  const { abi, address, rpc, decodeRevert } = access
  await assertReady(access)
  const call = { abi, address, functionName, args } as unknown as Parameters<typeof readContract>[1]
  const answer = await rpc.run(functionName, (client) => readContract(client, call), decodeRevert)
  return answer as ContractFunctionReturnType<ContractAbi, Reading, Name>
}
