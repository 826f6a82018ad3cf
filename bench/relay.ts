/**
 * Measures Herald's relay beside message brokers, all of them durable as far as they can be and under the same load, and keeps
 * the figures in bench/results/relay.json: `npm run bench:relay`. Takes seven to eight minutes of an idle machine of two
 * processors. Brokers that are not installed are left out.
 *
 *     npm run bench:relay -- --full              store growth up to a million mailboxes and a backlog of a million
 *     npm run bench:relay -- --rounds 1          fewer rounds
 *     npm run bench:relay -- --only redis        Herald beside some of the peers, divided by commas
 *     npm run bench:relay -- --data <folder>     data on another disk than that of temporary files
 *     npm run bench:relay -- --profile <folder>  CPU profiles of the relay, a thread each; slows it down
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Owners, startOwners } from '../test/faults/support/owners.ts'
import { installPeers } from './install-peers.ts'
import { type HeraldServer, raisedLimits, startHerald } from './relay/herald-server.ts'
import { measureSockets } from './relay/many-sockets.ts'
import { installedPeers, type Peer, type PeerServer } from './relay/peer-servers.ts'
import { bodyBytes, type Contender, queues, runRounds, summarise, window } from './relay/rounds.ts'
import type { Measured } from './relay/start-load.ts'
import { type BrokerFigures, targetsOf } from './relay/targets.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    data: { type: 'string', default: tmpdir() },
    profile: { type: 'string' },
  },
})
const rounds = Number(flags.rounds)
const rates = [1000, 3000]
const flow = { kind: 'flow', perSecond: 0, warmMillis: 3000, measureMillis: 2500 } as const
const accept = { ...flow, kind: 'accept', measureMillis: 2000 } as const
const paced = { ...flow, kind: 'paced', measureMillis: 4000 } as const
const growth = new URL('relay/programs/store-growth.ts', import.meta.url).pathname

const herald = {
  name: 'herald',
  version: (JSON.parse(execFileSync('npm', ['pkg', 'get', 'version'], { encoding: 'utf8' })) as string) ?? '',
  acknowledgement: 'signed receipt: in the mailbox database, synced to disk, many messages a sync (SPEC §8.2)',
  durable: true,
}

/** The targets are for two processors: on a larger machine, everything that is started runs on the first two. */
function useTwoProcessors(): void {
  if (cpus().length > 2) spawnSync('taskset', ['-a', '-c', '-p', '0,1', String(process.pid)], { stdio: 'ignore' })
}

function show(title: string): void {
  console.log(`\n${title}`)
}

async function startPeers(peers: readonly Peer[], folder: string): Promise<[Peer, PeerServer][]> {
  const started: [Peer, PeerServer][] = []
  for (const peer of peers) started.push([peer, await peer.start(join(folder, peer.name))])
  return started
}

/** Durable or not, each broker's figures of all loads. */
async function measureBrokers(contenders: readonly Contender[]) {
  show('warming up, not counted')
  await runRounds(contenders, flow, 1)
  show('handed in, delivered, acknowledged')
  const flows = await runRounds(contenders, flow, rounds)
  show('handed in')
  const accepts = await runRounds(contenders, accept, rounds)
  const latencies: { perSecond: number; measured: Map<string, Measured[]> }[] = []
  for (const perSecond of rates) {
    show(`latency at ${perSecond} messages a second`)
    latencies.push({ perSecond, measured: await runRounds(contenders, { ...paced, perSecond }, 1) })
  }
  return (name: string): BrokerFigures => ({
    endToEnd: summarise(flows.get(name) ?? []),
    accepted: summarise(accepts.get(name) ?? []),
    latencyMillis: latencies.map(({ perSecond, measured }) => {
      const [run] = measured.get(name) ?? []
      return { offered: perSecond, reached: run?.perSecond ?? 0, ...run?.latency }
    }),
  })
}

async function measureSharded(folder: string, owners: Owners) {
  show('two relays, each with half of the mailboxes')
  const pair = await startHerald(join(folder, 'shards'), owners, { relays: 2, queues })
  const contender = { name: 'herald, two relays', client: 'herald', ...pair }
  const measured = (await runRounds([contender], flow, rounds)).get(contender.name) ?? []
  await pair.stop()
  return summarise(measured)
}

async function measureBatches(server: HeraldServer) {
  show('handed in over HTTP, 256 in a batch')
  const contender = { name: 'herald over HTTP', client: 'herald-http', ...server }
  return summarise((await runRounds([contender], accept, rounds)).get(contender.name) ?? [])
}

async function measureManySockets(folder: string, owners: Owners) {
  show('memory with many sockets')
  const server = await startHerald(join(folder, 'sockets'), owners, { relays: 1, queues: 1 })
  const [{ url, token }] = server.connection['mailboxes'] as [{ url: string; token: string }]
  const cost = await measureSockets(url, token, server.pids[0] as number)
  await server.stop()
  console.log(`  ${cost.sockets} sockets: ${cost.residentMebibytes} MiB, ${cost.kibibytesASocket} KiB each`)
  return cost
}

function measureGrowth(folder: string) {
  const max = flags.full ? 1_000_000 : 100_000
  show(`the store alone, up to ${max.toLocaleString('en')} mailboxes and messages`)
  const line = execFileSync(process.execPath, [growth, folder, String(bodyBytes), String(max)], { encoding: 'utf8' })
  const rows = JSON.parse(line) as Record<'mailboxes' | 'backlog', object[]>
  console.table(rows.mailboxes)
  console.table(rows.backlog)
  return rows
}

async function measureAll(folder: string) {
  const owners = await startOwners(2 * queues)
  const profiling = flags.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${flags.profile}` }
  const server = await startHerald(join(folder, 'herald'), owners, { relays: 1, queues }, profiling)
  const wanted = installedPeers().filter(({ name }) => flags.only === undefined || flags.only.split(',').includes(name))
  const peers = await startPeers(wanted, folder)
  const contenders: Contender[] = [
    { name: herald.name, client: herald.name, ...server },
    ...peers.map(([{ name }, { pid, connection }]) => ({ name, client: name, pids: [pid], connection })),
  ]
  const figuresOf = await measureBrokers(contenders)
  for (const [, peer] of peers) await peer.stop()
  const batches = await measureBatches(server)
  await server.stop()
  const sharded = await measureSharded(folder, owners)
  const sockets = await measureManySockets(folder, owners)
  await owners[Symbol.asyncDispose]()
  const described = [
    herald,
    ...peers.map(([{ name, version, acknowledgement, durable }]) => ({ name, version, acknowledgement, durable })),
  ]
  const brokers = described.map((broker) => ({ ...broker, ...figuresOf(broker.name) }))
  return { targets: targetsOf(brokers), brokers, batches, sharded, sockets, growth: measureGrowth(folder) }
}

const load = () => Number((loadavg()[0] ?? 0).toFixed(1))
const loadBefore = load()
installPeers('relay', 20)
useTwoProcessors()
// Servers are ended when this process exits, and a signal alone would not let it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const folder = mkdtempSync(join(flags.data, 'herald-bench-'))
// Some servers run as another user.
chmodSync(folder, 0o755)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const measured = await measureAll(folder)
const environment = {
  node: process.version,
  sqlite: process.versions['sqlite'],
  processor: cpus()[0]?.model ?? 'unknown',
  processors: Math.min(2, cpus().length),
  loadBefore,
  loadAfter: load(),
}
const units = {
  perSecond: `messages a second, median of ${rounds} interleaved rounds, spread beside it`,
  serverMicros: 'microseconds of CPU time of all the server’s processes a message',
  clientMicros: 'microseconds of CPU time of the client’s process a message',
  latencyMillis: 'milliseconds from when a message was to be sent to its arrival; schedule kept whatever comes back',
  growth: 'microseconds of time a message, 500 at a time',
}
const shape = { bodyBytes, producers: queues, consumers: queues, messagesUnderWayPerProducer: window }
const command = `npm run bench:relay${flags.full ? ' -- --full' : ''}`
const { targets, ...figures } = measured
const results = { command, environment, units, load: shape, raisedLimits, targets, ...figures }
writeFileSync(join(import.meta.dirname, 'results/relay.json'), `${JSON.stringify(results, undefined, 2)}\n`)
show('targets')
for (const { figure, value, atLeast, reached } of targets)
  console.log(`  ${reached ? 'hit ' : 'MISS'} ${figure}: ${value.toLocaleString('en')} (at least ${atLeast})`)
console.log('\nwritten to bench/results/relay.json')
process.exit(0)
