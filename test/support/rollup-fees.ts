/** What a simulated OP-stack chain charges for its base chain: nothing, until it is told a base chain's prices. */
import { toHex } from 'viem'
import type { LocalChain } from './local-chain.ts'

/** The predeploy in which an OP-stack chain keeps what its base chain charges (Ecotone: scalars in slot 3). */
const l1Block = '0x4200000000000000000000000000000000000015'
const scalarSlot = '0x3'

/** Scalars of the size that public rollups have; the simulated base and blob fees are 10 gwei each. */
export const rollupScalars = { baseFeeScalar: 2_269, blobBaseFeeScalar: 1_055_762 } as const

/** Sets the scalars, so that receipts carry an `l1Fee` that grows with the transaction's compressed size. */
export async function chargeForBaseChain({ rpcUrl }: LocalChain): Promise<void> {
  const { baseFeeScalar, blobBaseFeeScalar } = rollupScalars
  const word = (BigInt(baseFeeScalar) << 96n) | (BigInt(blobBaseFeeScalar) << 64n)
  const params = [l1Block, scalarSlot, toHex(word, { size: 32 })]
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hardhat_setStorageAt', params })
  const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const answer = (await response.json()) as { error?: { message: string } }
  if (answer.error) throw new Error(answer.error.message)
}
