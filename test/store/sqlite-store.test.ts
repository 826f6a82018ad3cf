import { execFile } from 'node:child_process'
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { HeraldError } from '../../src/core/errors.ts'
import { sqliteStore } from '../../src/store/sqlite-store.ts'
import { behavesLikeStore } from '../compliance/store.ts'

const run = promisify(execFile)
const storeModule = fileURLToPath(new URL('../../src/store/sqlite-store.ts', import.meta.url))

function errorOf(call: () => unknown): HeraldError {
  try {
    call()
  } catch (error) {
    if (error instanceof HeraldError) return error
    throw error
  }
  throw new Error('nothing thrown')
}

describe('store/sqlite-store', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-store-'))
    path = join(folder, 'agent.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** Everything on the disk that belongs to the store. */
  async function bytesOnDisk(): Promise<Buffer> {
    const files = await readdir(folder)
    return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))))
  }

  behavesLikeStore('sqliteStore', () => ({
    open: async () => sqliteStore(path),
    cleanUp: async () => {},
  }))

  describe('sqliteStore', () => {
    it('keeps every row across disposal and reopening', async () => {
      {
        await using store = sqliteStore(path)
        await store.put('keyrings', 'k', Uint8Array.of(1, 2, 3), { expiresAt: 7 })
      }
      await using store = sqliteStore(path)
      expect(await store.get('keyrings', 'k')).to.deep.equal(Uint8Array.of(1, 2, 3))
      expect(await store.sweep(7)).to.equal(1)
    })

    it('keeps every resolved row when its process is killed, and none of an unfinished batch', async () => {
      const program = `
        const { sqliteStore } = await import(${JSON.stringify(storeModule)})
        const store = sqliteStore(${JSON.stringify(path)})
        await Promise.all(Array.from({ length: 20 }, (_, i) => store.put('outbox', 'k' + i, Uint8Array.of(i))))
        void store.batch([{ table: 'messages', put: { key: 'never', value: Uint8Array.of(1) } }])
        process.kill(process.pid, 'SIGKILL')`
      const ended = await run(process.execPath, ['--input-type=module', '-e', program]).catch((error) => error)
      expect(ended.signal).to.equal('SIGKILL')
      await using store = sqliteStore(path)
      expect(await store.scan('outbox', { limit: 100 })).to.have.length(20)
      expect(await store.get('messages', 'never')).to.equal(undefined)
    })

    it('prints no warning', async () => {
      const program = `
        const { sqliteStore } = await import(${JSON.stringify(storeModule)})
        await sqliteStore(${JSON.stringify(path)})[Symbol.asyncDispose]()`
      const { stderr } = await run(process.execPath, ['--input-type=module', '-e', program])
      expect(stderr).to.equal('')
    })

    it('makes files that only their owner may read, and closes those that were open to others', async () => {
      await writeFile(path, '')
      await chmod(path, 0o644)
      await using store = sqliteStore(path)
      await store.put('keyrings', 'k', Uint8Array.of(1))
      const files = await readdir(folder)
      expect(files.sort()).to.deep.equal(['agent.db', 'agent.db-wal'])
      for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).to.equal(0o600)
    })

    it('commits what was called before disposal', async () => {
      const store = sqliteStore(path)
      const putting = store.put('outbox', 'k', Uint8Array.of(1))
      await store[Symbol.asyncDispose]()
      await putting
      await using again = sqliteStore(path)
      expect(await again.get('outbox', 'k')).to.deep.equal(Uint8Array.of(1))
    })

    it('refuses a second opening in this process and in another, by name', async () => {
      await using _store = sqliteStore(path)
      const error = errorOf(() => sqliteStore(path))
      expect([error.code, error.retry]).to.deep.equal(['store.locked', 'later'])
      const program = `
        const { sqliteStore } = await import(${JSON.stringify(storeModule)})
        try { sqliteStore(${JSON.stringify(path)}) } catch (error) { console.log(error.code) }`
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program])
      expect(stdout.trim()).to.equal('store.locked')
    })

    it('refuses a file that is no database, and leaves it as it is', async () => {
      const letter = Buffer.from('Dear reader, this is no database. '.repeat(300))
      await writeFile(path, letter, { mode: 0o644 })
      expect(errorOf(() => sqliteStore(path)).code).to.equal('store.corrupt')
      expect(await readFile(path)).to.deep.equal(letter)
      expect((await stat(path)).mode & 0o777).to.equal(0o644)
    })

    it('refuses a file that was cut off', async () => {
      {
        await using store = sqliteStore(path)
        await store.put('messages', 'k', new Uint8Array(200_000))
      }
      await truncate(path, 40_000)
      expect(errorOf(() => sqliteStore(path)).code).to.equal('store.corrupt')
    })

    it('refuses the database of another program, and leaves it as it is', async () => {
      const other = new DatabaseSync(path)
      other.exec('CREATE TABLE theirs (a)')
      other.close()
      const before = await readFile(path)
      expect(errorOf(() => sqliteStore(path)).code).to.equal('store.unknown_schema')
      expect(await readFile(path)).to.deep.equal(before)
    })

    it('refuses a schema from the future, naming both versions', async () => {
      await sqliteStore(path)[Symbol.asyncDispose]()
      const database = new DatabaseSync(path)
      database.exec('PRAGMA user_version = 2')
      database.close()
      const error = errorOf(() => sqliteStore(path))
      expect(error.code).to.equal('store.unknown_schema')
      expect(error.facts).to.include({ path, version: 2, supported: 1 })
    })

    it('refuses a place where no file can be', () => {
      const error = errorOf(() => sqliteStore(join(folder, 'missing', 'agent.db')))
      expect(error.code).to.equal('store.unavailable')
      expect(error.facts).to.deep.equal({ path: join(folder, 'missing', 'agent.db'), reason: 'ENOENT' })
    })

    it('says that the disk is full, applies nothing of that batch, and goes on', async () => {
      const program = `
        const { sqliteStore } = await import(${JSON.stringify(storeModule)})
        const store = sqliteStore(${JSON.stringify(path)})
        await store.put('outbox', 'before', Uint8Array.of(1))
        const changes = [
          { table: 'outbox', put: { key: 'half', value: Uint8Array.of(2) } },
          { table: 'outbox', put: { key: 'large', value: new Uint8Array(8_000_000) } },
        ]
        const code = await store.batch(changes).then(() => 'none', (error) => error.code)
        await store.put('outbox', 'after', Uint8Array.of(3))
        const keys = (await store.scan('outbox', { limit: 9 })).map((row) => row.key)
        console.log(JSON.stringify({ code, keys }))`
      // A limit on the size of files stands for a disk without room: 2,048 blocks of 512 or 1,024 bytes.
      const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" --input-type=module -e "$1"`
      const { stdout } = await run('sh', ['-c', limited, process.execPath, program])
      const { code, keys } = JSON.parse(stdout)
      expect(code).to.be.oneOf(['store.full', 'store.unavailable'])
      expect(keys).to.deep.equal(['after', 'before'])
    })

    it('ignores a torn last write', async () => {
      const store = sqliteStore(path)
      await store.put('outbox', 'k', Uint8Array.of(1))
      const log = await readFile(`${path}-wal`)
      const database = await readFile(path)
      await store[Symbol.asyncDispose]()
      await writeFile(path, database)
      await writeFile(`${path}-wal`, log)
      await appendFile(`${path}-wal`, log.subarray(0, 3000))
      await using again = sqliteStore(path)
      expect(await again.get('outbox', 'k')).to.deep.equal(Uint8Array.of(1))
    })
  })

  describe('promise: erasure is real', () => {
    const marker = (i: number): Buffer => Buffer.from(`secret-marker-${String(i).padStart(6, '0')}`)

    it('leaves no byte of a deleted row in any file, neither key nor value', async () => {
      await using store = sqliteStore(path)
      const value = Buffer.concat([marker(1), Buffer.alloc(100_000, 'x'), marker(2)])
      await store.put('messages', 'key-to-erase', value)
      const before = await bytesOnDisk()
      for (const trace of [marker(1), marker(2), 'key-to-erase']) expect(before.includes(trace)).to.equal(true)
      await store.delete('messages', 'key-to-erase')
      const after = await bytesOnDisk()
      for (const trace of [marker(1), marker(2), 'key-to-erase']) expect(after.includes(trace)).to.equal(false)
    })

    it('leaves no byte of what a batch deletes, a sweep removes, or a put replaced before', async () => {
      await using store = sqliteStore(path)
      await store.put('messages', 'batched', marker(1))
      await store.put('messages', 'swept', marker(2), { expiresAt: 1 })
      await store.put('messages', 'replaced', marker(3))
      await store.put('messages', 'replaced', marker(4))
      await store.batch([{ table: 'messages', delete: 'batched' }])
      await store.sweep(1)
      const bytes = await bytesOnDisk()
      for (const gone of [1, 2, 3]) expect(bytes.includes(marker(gone)), `marker ${gone}`).to.equal(false)
      expect(bytes.includes(marker(4))).to.equal(true)
    })

    it('leaves no byte of any deleted row among many of all sizes, and every byte of the others', async () => {
      await using store = sqliteStore(path)
      const sizes = [0, 30, 500, 3000, 20_000]
      const rows = Array.from({ length: 600 }, (_, i) => ({
        key: `k-${marker((i * 7919) % 600)}`,
        value: Buffer.concat([marker(10_000 + i), Buffer.alloc(sizes[i % sizes.length]!, 'x'), marker(20_000 + i)]),
      }))
      await Promise.all(rows.map(({ key, value }) => store.put('messages', key, value)))
      await Promise.all(rows.filter((_, i) => i % 3 !== 0).map(({ key }) => store.delete('messages', key)))
      const bytes = await bytesOnDisk()
      rows.forEach(({ key }, i) => {
        for (const trace of [key, marker(10_000 + i), marker(20_000 + i)])
          expect(bytes.includes(trace), `row ${i}`).to.equal(i % 3 === 0)
      })
    })
  })
})
