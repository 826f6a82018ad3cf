/**
 * Room on the disk that is set aside while there is some: a file of zeros beside the database. When the disk is full it
 * is given up, so that readers can go on to lease and acknowledge, which needs room too; nothing is taken in until it
 * could be set aside again.
 *
 * It holds as much as the log can bring into the database at once (`wal_autocheckpoint` pages), and half as much again.
 */
import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs'

/** Size of the file in bytes: 12 MiB. */
const reserveBytes = 12_582_912
const chunk = new Uint8Array(1_048_576)
/** A full disk is tried again this often. */
const retryMillis = 1000

/** The file, held or given up. */
export class Reserve {
  readonly #path: string
  #held = false
  #triedAt = Number.NEGATIVE_INFINITY

  /** @param path of the file; it is made when `isHeld` is asked for the first time */
  constructor(path: string) {
    this.#path = path
  }

  /** Whether the room is there; tries to get it when it was given up, at most once a second. */
  isHeld(): boolean {
    if (this.#held) return true
    const now = performance.now()
    if (now - this.#triedAt < retryMillis) return false
    this.#triedAt = now
    this.#held = this.#isThere() || this.#fill()
    return this.#held
  }

  #isThere(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.size === reserveBytes
  }

  /** Written, not only made long: the file system has to give its blocks now. */
  #fill(): boolean {
    const fd = openSync(this.#path, 'w', 0o600)
    try {
      for (let offset = 0; offset < reserveBytes; offset += chunk.length) writeAll(fd, offset)
      return true
    } catch (error) {
      unlinkSync(this.#path)
      if ((error as { code?: string }).code === 'ENOSPC') return false
      throw error
    } finally {
      closeSync(fd)
    }
  }

  /** Gives the room up. */
  release(): void {
    this.#held = false
    this.#triedAt = performance.now()
    if (this.#isThere()) unlinkSync(this.#path)
  }
}

/** A disk that is nearly full takes a part of a write first, and refuses the rest. */
function writeAll(fd: number, offset: number): void {
  for (let written = 0; written < chunk.length; )
    written += writeSync(fd, chunk, written, chunk.length - written, offset + written)
}
