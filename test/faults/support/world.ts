/** What most tests of this suite stand on: a chain with one registered owner, and for each test a data folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RelayLimits } from '../../../src/relay/config.ts'
import { type Owners, startOwners } from './owners.ts'
import { type RelayProcess, startRelayProcess } from './relay-process.ts'

/** The world of the test that runs. */
export interface World {
  readonly owners: Owners
  /** Folder of the relay's database. */
  readonly data: string
  /** Starts a relay on the folder. @param limits beside the default ones */
  start(limits?: Partial<RelayLimits>): Promise<RelayProcess>
}

/** Makes the worlds of a `describe`, and removes them. To be called in it, and read in its tests. */
export function faultWorld(): World {
  let owners: Owners
  let data: string
  before(async () => {
    owners = await startOwners(1)
  })
  after(() => owners[Symbol.asyncDispose]())
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'herald-faults-'))
  })
  afterEach(() => rm(data, { recursive: true }))
  return {
    get owners() {
      return owners
    },
    get data() {
      return data
    },
    start: (limits) => startRelayProcess({ data, chain: owners.chain, ...(limits && { limits }) }),
  }
}
