/**
 * What whole transactions cost with Herald's contracts and with those of two peers, on one simulated chain: keeps the
 * figures in bench/results/gas.json, and fails when Herald exceeds a limit.
 *
 *     npm run bench:gas                    measures all, and writes
 *     node bench/gas.ts --check            measures Herald alone; exits 1 if a kept figure is not the present one
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Chain, hardfork, startChain } from './gas/chain.ts'
import { compileEas, measureEas, shippedEas } from './gas/eas.ts'
import { compileEthr, measureEthr, shippedEthr } from './gas/ethr.ts'
import { type Figures, findExceeded, findStale, type GasResults } from './gas/figures.ts'
import { measureHerald } from './gas/herald.ts'
import { installPeers } from './install-peers.ts'

const root = join(import.meta.dirname, '..')
const file = 'bench/results/gas.json'
const command = 'npm run bench:gas'

function versionOf(folder: string, name: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  return version as string
}

async function measurePeers(chain: Chain, peers: string): Promise<Figures[]> {
  return [
    await measureEthr(chain, 'ethr-did-registry', compileEthr(root, peers)),
    await measureEas(chain, 'eas-contracts', compileEas(peers)),
    await measureEthr(chain, 'ethr-did-registry, as shipped', shippedEthr(peers)),
    await measureEas(chain, 'eas-contracts, as shipped', shippedEas(peers)),
  ]
}

function show({ builds, rows }: Figures): void {
  const print = (amount: number) => amount.toLocaleString('en').padStart(9)
  for (const { system, operation, gasUsed } of rows)
    console.log(`${system.padEnd(30)} ${operation.padEnd(64)} ${print(gasUsed)} gas`)
  for (const { system, contract, runtimeBytes } of builds)
    console.log(`${system.padEnd(30)} ${`runtime code of ${contract}`.padEnd(64)} ${print(runtimeBytes)} bytes`)
}

function fail(lines: readonly string[]): void {
  for (const line of lines) console.error(line)
  if (lines.length > 0) process.exitCode = 1
}

async function measureAll(chain: Chain): Promise<void> {
  const peers = installPeers('gas', 40)
  const all = [await measureHerald(chain), ...(await measurePeers(chain, peers))]
  const figures = { builds: all.flatMap(({ builds }) => builds), rows: all.flatMap(({ rows }) => rows) }
  const environment = {
    chain: `simulated by hardhat ${versionOf(root, 'hardhat')}`,
    hardfork,
    peers: [
      `ethr-did-registry ${versionOf(peers, 'ethr-did-registry')}`,
      `eas-contracts ${versionOf(peers, '@ethereum-attestation-service/eas-contracts')}`,
    ].join(', '),
  }
  const results: GasResults = { command, environment, ...figures }
  show(figures)
  writeFileSync(join(root, file), `${JSON.stringify(results, undefined, 2)}\n`)
  console.log(`\nwritten to ${file}`)
  fail(findExceeded(figures))
}

async function checkHerald(chain: Chain): Promise<void> {
  const kept = JSON.parse(readFileSync(join(root, file), 'utf8')) as GasResults
  const now = await measureHerald(chain)
  const stale = findStale(kept, now, 'herald')
  if (stale.length > 0) fail([`${file} is stale; run: ${command}`, ...stale])
  fail(findExceeded(now))
}

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
await using chain = await startChain()
await (options.check ? checkHerald(chain) : measureAll(chain))
