/**
 * Sends a request from alice to bob through a relay, lets bob answer, anchors what both said, and writes a proof of
 * bob's answer.
 *
 *   npm run herald -- relay     in another terminal
 *   node scripts/send-message.ts "how much is the fish?"
 */
import { writeFileSync } from 'node:fs'
import { type Agent, createAgent, encodeProof } from '../src/index.ts'
import { sqliteStore } from '../src/store/sqlite-store.ts'
import { chainId, dataFile, deployment, keyOf, MissingError, relayUrl, rpcUrl, run } from './support/setting.ts'

async function assertRelay(): Promise<void> {
  const healthy = await fetch(`${relayUrl}/healthz`).then(
    (response) => response.ok,
    () => false,
  )
  if (!healthy)
    throw new MissingError(
      `No relay answers at ${relayUrl}.\nStart one in another terminal: npm run herald -- relay\nor point HERALD_RELAY_URL at one.`,
    )
}

/** Opens an agent that `register-agents.ts` has registered; registering again takes its card up. */
async function open(name: string, account: `0x${string}`, chain: number): Promise<Agent> {
  const { registry, anchor } = await deployment(chain)
  const store = sqliteStore(dataFile(`${name}-${chain}.db`))
  const agent = await createAgent({ account, chain: { id: chain, rpcUrl }, registry, anchor, relay: relayUrl, store })
  await agent.register()
  return agent
}

await run('node scripts/send-message.ts [text]', 1, async ([question = 'how much is the fish?']) => {
  const chain = await chainId()
  await assertRelay()
  const alice = await open('alice', keyOf('HERALD_ALICE_KEY', chain), chain)
  const bob = await open('bob', keyOf('HERALD_BOB_KEY', chain), chain)

  bob.on('message', async (message) => {
    console.log(
      `bob    got "${message.text()}" from ${message.from} (${message.senderKind}), signature and card checked`,
    )
    await message.reply({ text: 'three fifty' })
  })

  const peer = await alice.peer(bob.account)
  console.log(`alice  asks "${question}", sealed for ${peer.account}`)
  const answer = await peer.request({ text: question }, { timeout: 30_000, priority: 'high' })
  console.log(`alice  got "${answer.text()}" in answer`)

  const anchored = await alice.anchor()
  if (anchored === undefined) throw new Error('nothing to anchor')
  console.log(`anchor root ${anchored.root} over ${anchored.size} messages`)
  console.log(`       transaction ${anchored.transactionHash}  block ${anchored.blockNumber}  gas ${anchored.gasUsed}`)

  const proof = await alice.prove(answer.id, { revealRecipient: true })
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  const file = dataFile('proof.json')
  writeFileSync(file, encodeProof(proof))
  console.log(`\nproof of bob's answer in ${file}\nnext: node scripts/verify-provenance.ts ${file}`)
})
