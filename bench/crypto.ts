/**
 * Measures primitives, sealed messages and envelopes beside other libraries, and keeps the figures in
 * bench/results/crypto.json: `npm run bench:crypto`. Takes about two minutes of an idle machine.
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { type PrimitiveName, type PrimitiveProvider, primitiveNames } from './crypto/alternatives.ts'
import { envelopeFields, heraldEnvelopes } from './crypto/envelopes.ts'
import { heraldMessages } from './crypto/herald-messages.ts'
import { heraldPrimitives } from './crypto/herald-primitives.ts'
import { loadPeers } from './crypto/load-peers.ts'
import { type Target, targetsOf } from './crypto/targets.ts'
import { webCryptoPrimitives } from './crypto/webcrypto.ts'
import { type Alternative, interleave, type Measurement, type Rounds } from './interleave.ts'

const content = crypto.getRandomValues(new Uint8Array(1024))
/** Many short rounds: what slows the machine for a second then slows every alternative of a round alike. */
const rounds = 45
const peers = await loadPeers()

/** How busy the machine is, its own work included: mean number of processes that want to run in the last minute. */
const load = () => Number((loadavg()[0] ?? 0).toFixed(1))
const loadBefore = load()

function show(title: string, measurements: readonly Measurement[]): void {
  console.log(`\n${title}`)
  for (const { name, perCpuSecond, spread } of measurements)
    console.log(`  ${name.padEnd(38)} ${perCpuSecond.toLocaleString('en').padStart(11)}/s  (${spread.join('…')})`)
}

async function measure(title: string, alternatives: readonly Alternative[], cpuMillis: number): Promise<Rounds[]> {
  const measurements = await interleave(alternatives, { rounds, cpuMillis })
  show(title, measurements)
  return measurements
}

function having(name: PrimitiveName, providers: readonly PrimitiveProvider[]): Alternative[] {
  return providers.flatMap(({ name: provider, operations }) => {
    const run = operations[name]
    return run === undefined ? [] : [{ name: provider, run }]
  })
}

async function measurePrimitives(): Promise<Record<string, Measurement[]>> {
  const providers = [
    ...heraldPrimitives(content),
    ...(await peers.primitiveProviders(content)),
    await webCryptoPrimitives(content),
  ]
  const table: Record<string, Measurement[]> = {}
  for (const name of primitiveNames) table[name] = await measure(name, having(name, providers), 10)
  return table
}

async function measureMessages() {
  const protocols = [...heraldMessages(content, peers.sodiumCurves), ...(await peers.messageProtocols(content))]
  const seal = protocols.map(({ name, seal: run }) => ({ name, run }))
  const open = protocols.map(({ name, open: run }) => ({ name, run }))
  return {
    protocols: protocols.map(({ name, gives, lacks, overheadBytes }) => ({ name, gives, lacks, overheadBytes })),
    seal: await measure('seal + sign, 1 KiB', seal, 40),
    open: await measure('open + verify, 1 KiB', open, 40),
  }
}

async function measureEnvelopes() {
  const codecs = [heraldEnvelopes(content), ...peers.envelopeCodecs(envelopeFields(content))]
  const encode = codecs.map(({ name, encode: run }) => ({ name, run }))
  const decode = codecs.map(({ name, decode: run }) => ({ name, run }))
  return {
    codecs: codecs.map(({ name, note }) => ({ name, note })),
    encode: await measure('envelope encode', encode, 20),
    decode: await measure('envelope decode', decode, 20),
  }
}

function showTarget({ figure, value, atLeast, reached }: Target): void {
  console.log(`  ${reached ? 'hit ' : 'MISS'} ${figure}: ${value.toLocaleString('en')} (at least ${atLeast})`)
}

const primitives = await measurePrimitives()
const messages = await measureMessages()
const envelopes = await measureEnvelopes()
const targets = targetsOf({
  seal: messages.seal,
  open: messages.open,
  envelopeEncode: envelopes.encode,
  envelopeDecode: envelopes.decode,
})
console.log('\ntargets')
targets.forEach(showTarget)

const environment = {
  node: process.version,
  openssl: process.versions.openssl,
  processor: cpus()[0]?.model ?? 'unknown',
  processors: cpus().length,
  loadBefore,
  loadAfter: load(),
  peers: peers.versions(),
}
const unit = `operations per CPU-second of the whole process, median of ${rounds} interleaved rounds, spread beside it; ratios are medians of the ratios of each round`
const results = { command: 'npm run bench:crypto', environment, unit, targets, messages, envelopes, primitives }
const withoutRounds = (key: string, value: unknown) => (key === 'samples' ? undefined : value)
writeFileSync(join(import.meta.dirname, 'results/crypto.json'), `${JSON.stringify(results, withoutRounds, 2)}\n`)
console.log('\nwritten to bench/results/crypto.json')
