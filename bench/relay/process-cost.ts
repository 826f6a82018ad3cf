/** What a process and all its descendants cost, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs'

/** CPU time is counted in hundredths of a second (`getconf CLK_TCK`). */
const microsPerTick = 10_000
const bytesPerPage = 4096

interface Status {
  readonly pid: number
  readonly parent: number
  readonly cpuMicros: number
  readonly residentBytes: number
}

/** What a process is at the moment; nothing when it has ended. */
function statusOf(pid: number): Status | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name is in brackets and may have anything in it.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, user = 0, system = 0, pages = 0] = [fields[1], fields[11], fields[12], fields[21]]
    return { pid, parent, cpuMicros: (user + system) * microsPerTick, residentBytes: pages * bytesPerPage }
  } catch {
    return undefined
  }
}

function family(root: number): Status[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statusOf(Number(name)) ?? []) : []))
  const members = all.filter(({ pid }) => pid === root)
  for (const member of members) members.push(...all.filter(({ parent }) => parent === member.pid))
  return members
}

/** CPU time that processes and their descendants have used, microseconds. */
export function cpuMicrosOf(pids: readonly number[]): number {
  return pids.flatMap(family).reduce((sum, { cpuMicros }) => sum + cpuMicros, 0)
}

/** Memory of a process, bytes. */
export function residentBytesOf(pid: number): number {
  return statusOf(pid)?.residentBytes ?? 0
}
