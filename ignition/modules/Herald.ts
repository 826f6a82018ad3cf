/**
 * Hardhat Ignition module: both contracts at their canonical addresses, by the CREATE2 factory.
 *
 *     npx hardhat ignition deploy ignition/modules/Herald.ts                        a chain in memory: a rehearsal
 *     npx hardhat ignition deploy ignition/modules/Herald.ts --network localhost    `npx hardhat node`
 *
 * The chain needs the factory. `npx hardhat node` has it (hardhat.config.ts), and nearly every public chain does;
 * `node scripts/deploy.ts` makes it where it is missing, and gives the same addresses.
 */
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { concat } from 'viem'
import { messageAnchorBytecode } from '../../src/anchor/abi/message-anchor-bytecode.ts'
import type { Hex } from '../../src/core/bytes.ts'
import { agentRegistryBytecode } from '../../src/registry/abi/agent-registry-bytecode.ts'
import { create2Address, create2Factory, defaultSalt } from '../../src/registry/create2.ts'

type IgnitionModuleBuilder = Parameters<Parameters<typeof buildModule>[1]>[0]

/** Sends a contract's creation code to the factory, and makes sure that the contract then answers. */
function viaFactory(m: IgnitionModuleBuilder, name: string, code: Hex) {
  const made = m.send(`${name}_create2`, create2Factory, 0n, concat([defaultSalt, code]))
  const contract = m.contractAt(name, create2Address(code), { after: [made] })
  // A call to an address without code succeeds, so a missing factory would go unnoticed: ERC-165 has to answer.
  m.staticCall(contract, 'supportsInterface', ['0x01ffc9a7'], 0, { id: `${name}_answers`, after: [made] })
  return contract
}

export default buildModule('Herald', (m) => ({
  agentRegistry: viaFactory(m, 'AgentRegistry', agentRegistryBytecode),
  messageAnchor: viaFactory(m, 'MessageAnchor', messageAnchorBytecode),
}))
