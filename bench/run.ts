/** Runs the benchmarks and keeps what they measured in bench/results: `npm run bench`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measurement } from './interleave.ts'
import { sealOpen } from './seal-open.ts'

function show(title: string, measurements: readonly Measurement[]): void {
  const best = measurements[0]?.perCpuSecond ?? 1
  console.log(`\n${title}`)
  for (const { name, perCpuSecond, spread } of measurements)
    console.log(`  ${name.padEnd(40)} ${perCpuSecond}/s  (${spread.join('…')})  1/${(best / perCpuSecond).toFixed(1)}`)
}

const result = await sealOpen()
show('seal + sign', result.seal)
show('open + verify', result.open)
const environment = { node: process.version, openssl: process.versions.openssl, command: 'npm run bench' }
const file = join(import.meta.dirname, 'results/seal-open.json')
writeFileSync(file, `${JSON.stringify({ ...environment, ...result }, undefined, 2)}\n`)
console.log(`\nwritten to bench/results/seal-open.json`)
