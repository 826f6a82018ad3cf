/**
 * Deploys Herald's two contracts, at the addresses they have on every chain, and writes down where they are.
 *
 *   npx hardhat node            in another terminal
 *   node scripts/deploy.ts
 */
import { deployContracts } from '../src/anchor/deploy.ts'
import { chainId, keyOf, rpcUrl, run, saveDeployment } from './support/setting.ts'

await run('node scripts/deploy.ts', 0, async () => {
  const chain = await chainId()
  const account = keyOf('HERALD_PRIVATE_KEY', chain)
  console.log(`chain ${chain} at ${rpcUrl}`)

  const { registry, anchor, deployment } = await deployContracts({ rpcUrl, chainId: chain, account })
  for (const [name, { address, transaction }] of Object.entries({ AgentRegistry: registry, MessageAnchor: anchor })) {
    console.log(`${name}  ${address}`)
    if (transaction) console.log(`  gas ${transaction.gasUsed}  transaction ${transaction.transactionHash}`)
    else console.log('  stood there already')
  }
  console.log(`\nwritten to ${saveDeployment(deployment)}\nnext: node scripts/register-agents.ts`)
})
