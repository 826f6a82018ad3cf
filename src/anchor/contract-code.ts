/**
 * Whether the contract a proof names is the one this package knows. A proof names its own registry, and anybody can
 * deploy a contract that claims any card for any agent; so the code that stands there is compared, byte for byte, with
 * the code of the contract itself, whose rules hold whoever deployed it (THREATS: the signer picks no trust root).
 */
import { getCode } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import type { Address } from '../core/ids.ts'
import type { Rpc } from '../registry/rpc.ts'

/** The last instructions of the creation code that solc makes for a contract without constructor: revert, invalid. */
const endOfCreation = '5b5f80fdfe'

/** The code that creation code of a contract without constructor arguments and immutables leaves on the chain. */
function deployedCode(creationCode: Hex): Hex {
  return `0x${creationCode.slice(creationCode.indexOf(endOfCreation) + endOfCreation.length)}`
}

/** What stands at an address, compared with a known contract. */
export type CodeFinding = 'known' | 'unknown' | 'none'

/** Compares the code at an address with a known contract's. @throws why the endpoint cannot be asked (`registry.*`) */
export async function compareCode(rpc: Rpc, address: Address, creationCode: Hex): Promise<CodeFinding> {
  const code = await rpc.run('eth_getCode', (client) => getCode(client, { address }))
  // viem hands on whatever the endpoint answered.
  if (typeof code !== 'string') return 'none'
  return code.toLowerCase() === deployedCode(creationCode) ? 'known' : 'unknown'
}
