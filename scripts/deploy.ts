/**
 * Deploys Herald's two contracts and writes down where they are.
 *
 *   npx hardhat node            in another terminal
 *   node scripts/deploy.ts
 */
import { deployMessageAnchor } from '../src/anchor/deploy.ts'
import { deployAgentRegistry } from '../src/registry/deploy.ts'
import { chainId, keyOf, rpcUrl, run, saveDeployment } from './support/setting.ts'

await run('node scripts/deploy.ts', 0, async () => {
  const chain = await chainId()
  const account = keyOf('HERALD_PRIVATE_KEY', chain)
  console.log(`chain ${chain} at ${rpcUrl}`)

  const registry = await deployAgentRegistry({ rpcUrl, chainId: chain, account })
  console.log(`AgentRegistry  ${registry.address}  gas ${registry.gasUsed}  transaction ${registry.transactionHash}`)

  const anchor = await deployMessageAnchor({ rpcUrl, chainId: chain, account })
  console.log(`MessageAnchor  ${anchor.address}  gas ${anchor.gasUsed}  transaction ${anchor.transactionHash}`)

  const transactions = { registry: registry.transactionHash, anchor: anchor.transactionHash }
  const file = saveDeployment({ chainId: chain, registry: registry.address, anchor: anchor.address, transactions })
  console.log(`\nwritten to ${file}\nnext: node scripts/register-agents.ts`)
})
