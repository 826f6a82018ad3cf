/** A wallet with code (ERC-1271), the same for each system that asks it. */

import { join } from 'node:path'
import { type Address, concat, encodeAbiParameters, type Hex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Chain } from './chain.ts'
import { compile, heraldCompiler } from './compile.ts'

const root = join(import.meta.dirname, '..', '..')

/** Deploys a wallet that says yes to the signatures of its owner's key. @returns its address */
export async function deployWallet(chain: Chain, owner: PrivateKeyAccount): Promise<Address> {
  const contracts = ['test/contracts/support/KeyWallet.sol']
  const { bytecodes } = compile({ packages: root, sources: root, contracts, settings: heraldCompiler.settings })
  const argument = encodeAbiParameters([{ type: 'address' }], [owner.address])
  return chain.deploy(owner, concat([bytecodes['KeyWallet'] as Hex, argument]))
}
