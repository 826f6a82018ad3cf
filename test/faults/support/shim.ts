/** Builds `faults.c` and tells processes that run with it what is to go wrong. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there are no faults of disk and clock on this machine. */
interface Missing {
  readonly reason: string
}

const source = new URL('./faults.c', import.meta.url).pathname
const controlBytes = 32
/** Places in the control block of `faults.c`. */
const place = { syncsFail: 0, syncDelayMillis: 4, diskBytes: 8, clockAheadMillis: 16, syncs: 24 }

/** What goes wrong in the processes that were started with `env`. */
export class Faults implements Disposable {
  readonly #folder: string
  readonly #control: number

  constructor(folder: string) {
    this.#folder = folder
    writeFileSync(join(folder, 'control'), new Uint8Array(controlBytes))
    this.#control = openSync(join(folder, 'control'), 'r+')
  }

  /** The environment of a process whose files in a folder can fail. @param shadow where to keep what is synced */
  env(data: string, shadow?: string): Record<string, string> {
    return {
      LD_PRELOAD: join(this.#folder, 'faults.so'),
      HERALD_FAULT_CONTROL: join(this.#folder, 'control'),
      HERALD_FAULT_DIR: data,
      ...(shadow === undefined ? {} : { HERALD_FAULT_SHADOW: shadow }),
    }
  }

  #write(at: number, fill: (buffer: Buffer) => void, length: 4 | 8): void {
    const buffer = Buffer.alloc(length)
    fill(buffer)
    writeSync(this.#control, buffer, 0, length, at)
  }

  /** Makes every fsync fail, or no more. */
  failSyncs(fail: boolean): void {
    this.#write(place.syncsFail, (buffer) => buffer.writeUInt32LE(fail ? 1 : 0), 4)
  }

  /** Makes every fsync take longer. */
  delaySyncs(millis: number): void {
    this.#write(place.syncDelayMillis, (buffer) => buffer.writeUInt32LE(millis), 4)
  }

  /** Lets all files together hold this much; 0 lifts the bound. */
  limitDisk(bytes: number): void {
    this.#write(place.diskBytes, (buffer) => buffer.writeBigUInt64LE(BigInt(bytes)), 8)
  }

  /** Sets the wall clock ahead of the machine's, or behind. */
  setClock(millis: number): void {
    this.#write(place.clockAheadMillis, (buffer) => buffer.writeBigInt64LE(BigInt(millis)), 8)
  }

  /** How many times files were synced. */
  get syncs(): number {
    const buffer = Buffer.alloc(8)
    readSync(this.#control, buffer, 0, 8, place.syncs)
    return Number(buffer.readBigUInt64LE())
  }

  [Symbol.dispose](): void {
    closeSync(this.#control)
    rmSync(this.#folder, { recursive: true })
  }
}

function build(): Faults | Missing {
  if (process.platform !== 'linux') return { reason: `faults are injected by LD_PRELOAD, not on ${process.platform}` }
  const folder = mkdtempSync(join(tmpdir(), 'herald-faults-'))
  const flags = ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-pthread', '-o', join(folder, 'faults.so'), source]
  const compiled = spawnSync('cc', flags, { encoding: 'utf8' })
  if (compiled.error === undefined && compiled.status === 0) return new Faults(folder)
  rmSync(folder, { recursive: true })
  if (compiled.error !== undefined) return { reason: 'there is no C compiler (cc)' }
  throw new Error(`faults.c does not compile: ${compiled.stderr}`)
}

/**
 * Builds the shim for a test. Reason for skipping the test, printed too: without Linux and a C compiler there is no way to
 * make fsync fail, lose what it did not write, or move the clock. `.ci/run` has both.
 */
export function injectFaults(test: Mocha.Context): Faults {
  const faults = build()
  if (faults instanceof Faults) return faults
  console.log(`      skipped: ${faults.reason}`)
  return test.skip()
}
