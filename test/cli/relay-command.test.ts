import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runProgram, startProgram } from '../support/program.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

describe('cli/relay-command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-relay-'))
  let world: TestWorld
  let n = 0

  before(async () => {
    world = await startTestWorld()
  })
  after(async () => {
    await world[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const data = () => join(folder, `data-${n++}`)
  const flags = (change: Record<string, string> = {}) =>
    Object.entries({
      port: '0',
      data: data(),
      'rpc-url': world.chain.rpcUrl,
      'chain-id': '31337',
      registry: world.registry,
      ...change,
    }).flatMap(([name, value]) => [`--${name}`, value])

  it('prints its URL and key, keeps the key private, and stops when asked', async () => {
    const folderOfRelay = data()
    await using relay = startProgram('bin/herald.js', ['relay', ...flags({ data: folderOfRelay })])
    const [, url, key] = await relay.printed(/relay at (http:\S+) {2}key (0x[0-9a-f]{64})/)
    const { relayKey } = (await (await fetch(`${url}/v1/relay`)).json()) as { relayKey: string }
    expect(relayKey).to.equal(key)
    expect(statSync(join(folderOfRelay, 'relay.key')).mode & 0o777).to.equal(0o600)
    const { code, err } = await relay.stop('SIGTERM')
    expect([code, err]).to.deep.equal([0, ''])
    await using again = startProgram('bin/herald.js', ['relay', ...flags({ data: folderOfRelay })])
    expect((await again.printed(/key (0x[0-9a-f]{64})/))[1]).to.equal(key)
  })

  it('ends with its reason, and leaves nothing running, on what it cannot use', async () => {
    const spoiled = data()
    await runProgram('bin/herald.js', ['relay', ...flags({ data: spoiled, host: '1.2.3.4' })])
    writeFileSync(join(spoiled, 'relay.key'), readFileSync(join(spoiled, 'relay.key')).subarray(1))
    const cases: readonly [Record<string, string>, string][] = [
      [{ registry: 'zzz' }, 'core.invalid_argument'],
      [{ registry: `0x${'11'.repeat(20)}` }, 'registry.no_contract'],
      [{ 'chain-id': '5' }, 'registry.wrong_chain'],
      [{ origin: 'ftp://x' }, 'core.invalid_argument'],
      [{ host: '1.2.3.4' }, 'cli.address_unavailable'],
      [{ data: spoiled }, 'cli.relay_key'],
    ]
    for (const [change, code] of cases) {
      const ended = await runProgram('bin/herald.js', ['relay', ...flags(change)])
      expect(ended.code, JSON.stringify(change)).to.equal(1)
      expect(ended.err).to.include(code)
    }
  })

  it('says that its chain is down, and starts all the same, since the chain may come back', async () => {
    await using relay = startProgram('bin/herald.js', ['relay', ...flags({ 'rpc-url': 'http://127.0.0.1:9' })])
    await relay.printed(/relay at/)
    const { err } = await relay.stop()
    expect(err).to.include('warn chain.unavailable registry.rpc_unreachable')
  })

  it('speaks TLS, shows its metrics to whoever has the token, keeps changed limits and logs JSON', async () => {
    const token = join(folder, 'metrics-token')
    const limits = join(folder, 'limits.json')
    writeFileSync(token, 'sixteen-or-more-characters\n')
    writeFileSync(limits, JSON.stringify({ maxMailboxMessages: 7 }))
    const operation = {
      'tls-cert': 'test/fixtures/tls/cert.pem',
      'tls-key': 'test/fixtures/tls/key.pem',
      'metrics-token': token,
      limits,
      log: 'json',
      'rpc-url': 'http://127.0.0.1:9',
    }
    await using relay = startProgram('bin/herald.js', ['relay', ...flags(operation)])
    const [, url = ''] = await relay.printed(/relay at (https:\S+)/)
    const ask = (path: string, authorization = '') =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const ca = readFileSync('test/fixtures/tls/cert.pem')
        get(`${url}${path}`, { ca, headers: { authorization } }, async (response) => {
          const text = Buffer.concat(await response.toArray()).toString()
          resolve({ status: response.statusCode ?? 0, text })
        }).on('error', reject)
      })
    expect(JSON.parse((await ask('/v1/relay')).text).limits.maxMailboxMessages).to.equal(7)
    expect((await ask('/metrics')).status).to.equal(404)
    const metrics = await ask('/metrics', 'Bearer sixteen-or-more-characters')
    expect(metrics.text).to.include('herald_relay_sockets 0')
    expect(JSON.parse((await ask('/readyz')).text)).to.deep.equal({ status: 'not_ready', store: true, chain: false })
    const { code, err } = await relay.stop('SIGTERM')
    expect(code).to.equal(0)
    const [line = ''] = err.trim().split('\n')
    expect(JSON.parse(line)).to.include({
      level: 'warn',
      name: 'herald-relay',
      event: 'chain.unavailable',
      code: 'registry.rpc_unreachable',
    })
  })

  it('ends with its reason on a file that it cannot use', async () => {
    const short = join(folder, 'short')
    writeFileSync(short, 'short')
    const wrong: readonly [Record<string, string>, number, string][] = [
      [{ limits: short }, 1, 'cli.file_unusable'],
      [{ 'metrics-token': short }, 1, 'cli.file_unusable'],
      [{ 'tls-cert': join(folder, 'none'), 'tls-key': short }, 1, 'cli.file_unusable'],
      [{ 'tls-cert': short }, 2, 'go together'],
      [{ 'trust-proxy': 'maybe' }, 2, 'yes or no'],
      [{ log: 'xml' }, 2, 'text or json'],
    ]
    for (const [change, code, says] of wrong) {
      const ended = await runProgram('bin/herald.js', ['relay', ...flags(change)])
      expect(ended.code, JSON.stringify(change)).to.equal(code)
      expect(ended.err).to.include(says)
    }
  })
})
