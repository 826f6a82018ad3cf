/** The shelf of one mailbox in memory. */
import { rememberedPackages, type ShelfPackage, type ShelfQuota, type ShelfStats, type ShelveOutcome } from './port.ts'

interface Lying extends ShelfPackage {
  /** Ascending in the order of laying out. */
  readonly place: number
}

/** Packages in their order, and the names of those that are gone. */
export class MemoryShelf {
  #packages: Lying[] = []
  #gone: { readonly place: number; readonly id: string }[] = []
  #place = 0

  /** Whether there is nothing on it and nothing to remember. */
  get isEmpty(): boolean {
    return this.#packages.length + this.#gone.length === 0
  }

  /** Lays packages out, all or none. */
  shelve(packages: readonly ShelfPackage[], quota: ShelfQuota | undefined): ShelveOutcome {
    const known = new Set([...this.#packages, ...this.#gone].map(({ id }) => id))
    const fresh = packages.filter(({ id }) => !known.has(id) && known.add(id))
    const lastResort = fresh.findLast((one) => one.lastResort)
    const all = [...this.#packages, ...fresh.map((one) => ({ ...one, place: ++this.#place }))]
    const stays = ({ id, lastResort: isLast }: Lying) => !isLast || lastResort === undefined || id === lastResort.id
    const lying = all.filter(stays)
    if (quota !== undefined && (lying.length > quota.maxPackages || bytesOf(lying) > quota.maxBytes))
      return { full: true }
    this.#packages = lying.map((one) => ({ ...one, bytes: Uint8Array.from(one.bytes) }))
    this.#remember(all.filter((one) => !stays(one)))
    return { shelved: fresh.length }
  }

  #remember(gone: readonly Lying[]): void {
    const all = [...this.#gone, ...gone.map(({ place, id }) => ({ place, id }))]
    this.#gone = all.sort((a, b) => a.place - b.place).slice(-rememberedPackages)
  }

  /** Takes the oldest one-time package, or looks at the last-resort one. */
  take(): ShelfPackage | undefined {
    const taken = this.#packages.find((one) => !one.lastResort) ?? this.#packages[0]
    if (taken === undefined) return undefined
    const { id, bytes, lastResort } = taken
    if (!lastResort) {
      this.#packages = this.#packages.filter((one) => one !== taken)
      this.#remember([taken])
    }
    return { id, bytes: Uint8Array.from(bytes), lastResort }
  }

  /** What lies on it. */
  stats(): ShelfStats {
    const oneTime = this.#packages.filter((one) => !one.lastResort).length
    return { oneTime, hasLastResort: oneTime < this.#packages.length, bytes: bytesOf(this.#packages) }
  }
}

function bytesOf(packages: readonly ShelfPackage[]): number {
  return packages.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
