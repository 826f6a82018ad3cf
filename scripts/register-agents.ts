/**
 * Registers two agents, alice and bob: makes their keys, publishes their cards, and keeps the keys in a file each.
 *
 *   node scripts/register-agents.ts
 */
import { createAgent } from '../src/index.ts'
import { sqliteStore } from '../src/store/sqlite-store.ts'
import { chainId, dataFile, deployment, keyOf, relayUrl, rpcUrl, run } from './support/setting.ts'

await run('node scripts/register-agents.ts', 0, async () => {
  const chain = await chainId()
  const { registry, anchor } = await deployment(chain)
  for (const [name, variable] of [
    ['alice', 'HERALD_ALICE_KEY'],
    ['bob', 'HERALD_BOB_KEY'],
  ] as const) {
    const file = dataFile(`${name}-${chain}.db`)
    const store = sqliteStore(file)
    const agent = await createAgent({
      account: keyOf(variable, chain),
      chain: { id: chain, rpcUrl },
      registry,
      anchor,
      relay: relayUrl,
      store,
    })
    const { cardId, transaction } = await agent.register({ connect: false })
    console.log(`${name}  ${agent.account}`)
    console.log(`  card         ${cardId}`)
    if (transaction) console.log(`  transaction  ${transaction.transactionHash}  gas ${transaction.gasUsed}`)
    else console.log('  published before; its keys are still here')
    console.log(`  keys in      ${file}`)
    await agent[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  console.log('\nnext: node scripts/send-message.ts "how much is the fish?"')
})
