/**
 * The whole of Herald in one run: a chain, a relay and three agents start here; messages travel sealed; what was said is
 * anchored and proven to a stranger; four attacks fail.
 *
 *   npm run demo
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { deployContracts } from '../src/anchor/deploy.ts'
import { type LocalChain, startLocalChain } from '../src/cli/local-chain.ts'
import { systemAmbient } from '../src/core/ambient.ts'
import { nodeBackend } from '../src/crypto/node-backend.ts'
import { type Agent, createAgent, encodeProof, type Proof, type ReceivedMessage, verifyProof } from '../src/index.ts'
import { createCardDirectory } from '../src/registry/create-card-directory.ts'
import { createRegistryClient } from '../src/registry/registry-client.ts'
import type { Store } from '../src/store/port.ts'
import { sqliteStore } from '../src/store/sqlite-store.ts'
import { flipBit, moveProof, refusal, sealWithStolenKey } from './demo/attacks.ts'
import { chapter, check, short, shorten, style, table, tell, totals, working } from './demo/screen.ts'
import { type RelayProcess, startRelay, tappedTransport, verifyElsewhere } from './demo/stage.ts'

const folder = join(process.cwd(), process.env['HERALD_DATA'] ?? '.herald', 'demo')
const burst = 200
const gas: [string, bigint][] = []
const wiretap = tappedTransport()

interface Stage {
  readonly chain: LocalChain
  readonly registry: string
  readonly anchor: string
  readonly relay: RelayProcess
}

interface Actor {
  readonly name: string
  readonly agent: Agent
  readonly store: Store
}

/** Waits for the next messages of an agent. */
function nextMessages(agent: Agent, count: number): Promise<ReceivedMessage[]> {
  const seen: ReceivedMessage[] = []
  return new Promise((resolve) => {
    const stop = agent.on('message', (message) => {
      seen.push(message)
      if (seen.length < count) return
      stop()
      resolve(seen)
    })
  })
}

async function setStage(): Promise<Stage> {
  chapter('1  A chain, two contracts, a relay')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const chain = await working('starting a local chain', startLocalChain())
  const { rpcUrl, chainId, accounts } = chain
  const deployer = { rpcUrl, chainId, account: accounts[0]?.privateKey as `0x${string}` }
  const { registry, anchor } = await deployContracts(deployer)
  for (const [name, made] of Object.entries({ AgentRegistry: registry, MessageAnchor: anchor }))
    gas.push([`deploy ${name}`, made.transaction?.gasUsed ?? 0n])
  tell(`chain ${chainId} at ${rpcUrl}`)
  tell(`AgentRegistry ${registry.address}`)
  tell(`MessageAnchor ${anchor.address}`)
  const data = join(folder, 'relay')
  const relay = await working('starting a relay', startRelay({ rpcUrl, chainId, registry: registry.address, data }))
  tell(`relay at ${relay.url}, a process of its own`)
  return { chain, registry: registry.address, anchor: anchor.address, relay }
}

async function registerActor({ chain, registry, anchor, relay }: Stage, name: string, account: number): Promise<Actor> {
  const store = sqliteStore(join(folder, `${name}.db`))
  const agent = await createAgent({
    account: chain.accounts[account]?.privateKey as `0x${string}`,
    chain: { id: chain.chainId, rpcUrl: chain.rpcUrl },
    registry,
    anchor,
    relay: relay.url,
    store,
    transport: wiretap.transport,
    pollMillis: 250,
  })
  const { cardId, transaction } = await agent.register()
  if (transaction) gas.push([`register ${name}`, transaction.gasUsed])
  tell(`${style.name(name.padEnd(5))} ${agent.account}`)
  tell(`      card ${short(cardId)}`)
  return { name, agent, store }
}

async function talk({ agent: alice }: Actor, { agent: bob }: Actor, { agent: carol }: Actor): Promise<ReceivedMessage> {
  chapter('3  Sealed messages')
  const hello = nextMessages(bob, 1)
  const sent = await (await alice.peer(bob.account)).send({ text: 'hello, bob' })
  const [greeting] = await hello
  check(greeting?.text() === 'hello, bob' && greeting.from === alice.account, 'alice → bob: delivered, sender proven')
  const overheard = Buffer.from(wiretap.envelopeOf(sent.id))
  const hidden = !overheard.includes('hello, bob') && !overheard.includes(Buffer.from(alice.address.slice(2), 'hex'))
  check(hidden, `the relay saw ${overheard.length} bytes and neither the text nor who sent it`)

  await carol.disconnect()
  const toCarol = await alice.peer(carol.account)
  await toCarol.send({ text: 'minutes of the meeting' })
  await toCarol.send({ text: 'holiday plan' }, { priority: 'low' })
  await toCarol.send({ text: 'the server room is on fire' }, { priority: 'urgent' })
  const waiting = nextMessages(carol, 3)
  await carol.connect()
  const order = (await waiting).map((message) => message.priority)
  check(
    order.join() === 'urgent,normal,low',
    `alice → carol, who was offline: three came, in the order ${order.join(', ')}`,
  )

  const stop = bob.on('message', (message) => message.reply({ text: '42 for a dozen' }))
  const answer = await (await alice.peer(bob.account)).request(
    { text: 'quote?' },
    { timeout: 10_000, priority: 'high' },
  )
  stop()
  check(answer.text() === '42 for a dozen', `alice asked bob "quote?", bob answered "${answer.text()}"`)
  return answer
}

async function measure({ agent: alice }: Actor, { agent: bob }: Actor): Promise<number> {
  const arrived = nextMessages(bob, burst)
  const peer = await alice.peer(bob.account)
  const begun = performance.now()
  const sending = Array.from({ length: burst }, (_, n) => peer.send({ json: { n } }))
  await working(`sending ${burst} messages`, Promise.all([...sending, arrived]))
  const rate = (burst * 1000) / (performance.now() - begun)
  const numbers = new Set((await arrived).map((message) => message.seq))
  check(numbers.size === burst, `${burst} messages in one burst: all came, each once, ${Math.round(rate)} a second`)
  return rate
}

async function proveIt(
  stage: Stage,
  { agent: alice }: Actor,
  answer: ReceivedMessage,
): Promise<[Proof, string, bigint]> {
  chapter('4  Anchored, and proven to a stranger')
  const anchored = await alice.anchor()
  if (anchored === undefined) throw new Error('nothing was anchored')
  gas.push([`anchor ${anchored.size} messages`, anchored.gasUsed])
  tell(`${anchored.size} messages under one root ${short(anchored.root)}, block ${anchored.blockNumber}`)
  const proof = await alice.prove(answer.id, { revealRecipient: true })
  const file = join(folder, 'proof.json')
  writeFileSync(file, encodeProof(proof))
  await stage.relay.stop()
  tell('the relay is stopped; another process gets the proof and the RPC URL alone:')
  const { code, output } = await working('verifying', verifyElsewhere(file, stage.chain.rpcUrl))
  for (const line of output.split('\n')) tell(`${style.dim('│')} ${line}`)
  check(code === 0, "bob's answer verified")
  return [proof, file, anchored.gasUsed / BigInt(anchored.size)]
}

async function attack(stage: Stage, actors: readonly [Actor, Actor, Actor], proof: Proof, seen: ReceivedMessage) {
  const [, { agent: bob }, { agent: carol, store: carolStore }] = actors
  chapter('5  Four attacks')
  const { rpcUrl, chainId } = stage.chain
  const client = createRegistryClient({ rpcUrl, chainId, registry: stage.registry })
  const directory = createCardDirectory({ client, backend: nodeBackend, ambient: systemAmbient })
  const cardOf = (agent: Agent) => directory.current({ chainId, registry: client.registry, address: agent.address })
  const [bobCard, carolCard] = [await cardOf(bob), await cardOf(carol)]
  await directory[Symbol.asyncDispose]()
  const report = (attempt: string, reason: string | undefined, expected: string) =>
    check(reason?.startsWith(expected) === true, `${attempt}\n      ${style.dim(shorten(reason ?? 'it was taken'))}`)

  const question = wiretap.envelopeOf(seen.inReplyTo ?? seen.id)
  report('a flipped bit', await refusal(bob, flipBit(question)), 'sealed.open_failed')

  const moved = await verifyProof(moveProof(proof, carol), { client: { rpcUrl } })
  const failed = moved.checks.find(({ outcome }) => outcome === 'failed')
  report("bob's words moved to carol", failed && `${failed.name}: ${failed.detail}`, 'card_published')

  const { gasUsed } = await carol.revoke({ reason: 'key_compromise' })
  gas.push(['revoke carol', gasUsed])
  const stolen = await sealWithStolenKey(carolCard, carolStore, bobCard)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  report("a message by carol's stolen, revoked key", await refusal(bob, stolen), 'identity.card_revoked')

  report('a replay of an old envelope', await refusal(bob, question), 'sealed.replayed')
}

function summary(rate: number, gasPerMessage: bigint, file: string, seconds: number): void {
  chapter('What was checked')
  const { passed, failed } = totals()
  table([
    ...gas.map(([step, used]) => [step, used.toLocaleString('en'), 'gas'] as const),
    ['anchored, each message', gasPerMessage.toLocaleString('en'), 'gas'],
    ['sealed, relayed, opened', Math.round(rate).toLocaleString('en'), 'messages/s'],
    ['whole run', seconds.toFixed(1), 's'],
  ])
  chapter('Where the files are')
  table([
    ['proof', relative(process.cwd(), file)],
    ['keys and messages of the agents, mail of the relay', relative(process.cwd(), folder)],
  ])
  console.log(`\n${passed} checks passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

async function demo(): Promise<void> {
  const begun = performance.now()
  const stage = await setStage()
  chapter('2  Three agents')
  const alice = await registerActor(stage, 'alice', 1)
  const bob = await registerActor(stage, 'bob', 2)
  const carol = await registerActor(stage, 'carol', 3)
  const answer = await talk(alice, bob, carol)
  const rate = await measure(alice, bob)
  const [proof, file, gasPerMessage] = await proveIt(stage, alice, answer)
  await attack(stage, [alice, bob, carol], proof, answer)
  for (const { agent, store } of [alice, bob, carol]) {
    await agent[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  await wiretap.transport[Symbol.asyncDispose]()
  await stage.chain[Symbol.asyncDispose]()
  summary(rate, gasPerMessage, file, (performance.now() - begun) / 1000)
}

await demo()
