import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Running, runProgram, startProgram } from '../support/program.ts'

const hardhat = 'node_modules/hardhat/dist/src/cli.js'

describe('scenario: a newcomer runs the example scripts against npx hardhat node', () => {
  let data: string
  let node: Running
  let env: NodeJS.ProcessEnv

  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'herald-scripts-'))
    node = startProgram(hardhat, ['node', '--hostname', '127.0.0.1', '--port', '0'])
    const [, rpcUrl] = await node.printed(/(http:\/\/127\.0\.0\.1:\d+)/)
    env = { HERALD_DATA: data, HERALD_RPC_URL: rpcUrl }
  })

  after(async () => {
    await node[Symbol.asyncDispose]()
    rmSync(data, { recursive: true })
  })

  it('is told how to start a node when none answers', async () => {
    const { code, err } = await runProgram('scripts/deploy.ts', [], { ...env, HERALD_RPC_URL: 'http://127.0.0.1:9' })
    expect(code).to.equal(1)
    expect(err).to.include('No chain answers at http://127.0.0.1:9').and.to.include('npx hardhat node')
  })

  it('is told to deploy first', async () => {
    const { code, err } = await runProgram('scripts/register-agents.ts', [], env)
    expect(code).to.equal(1)
    expect(err).to.include('Run first: node scripts/deploy.ts')
  })

  it('deploys, registers, is told to start a relay, sends, anchors and verifies', async () => {
    const deployed = await runProgram('scripts/deploy.ts', [], env)
    expect(deployed.code, deployed.err).to.equal(0)
    expect(deployed.out).to.match(/AgentRegistry {2}0x[0-9a-f]{40}\n.*transaction 0x[0-9a-f]{64}/)

    const relay = startProgram('bin/herald.js', ['relay', '--port', '0'], env)
    await using _ = relay
    const [relayUrl] = await relay.printed(/http:\/\/127\.0\.0\.1:\d+/)
    const withRelay = { ...env, HERALD_RELAY_URL: relayUrl }

    const registered = await runProgram('scripts/register-agents.ts', [], withRelay)
    expect(registered.code, registered.err).to.equal(0)
    expect(registered.out).to.match(/alice {2}eip155:31337:0x[0-9a-f]{40}\n {2}card +0x[0-9a-f]{64}/)

    const alone = { ...env, HERALD_RELAY_URL: 'http://127.0.0.1:9' }
    const unsent = await runProgram('scripts/send-message.ts', ['hello?'], alone)
    expect(unsent.code).to.equal(1)
    expect(unsent.err).to.include('No relay answers at http://127.0.0.1:9')

    const sent = await runProgram('scripts/send-message.ts', ['how much?'], withRelay)
    expect(sent.code, sent.err).to.equal(0)
    expect(sent.out)
      .to.include('got "three fifty" in answer')
      .and.to.match(/transaction 0x[0-9a-f]{64}/)

    const stopped = await relay.stop('SIGTERM')
    expect(stopped.code, stopped.err).to.equal(0)
    const verified = await runProgram('scripts/verify-provenance.ts', [join(data, 'proof.json')], env)
    expect(verified.code, verified.err).to.equal(0)
    expect(verified.out).to.include('VERIFIED')
  })

  it('is told that a file is no proof', async () => {
    const { code, err } = await runProgram('scripts/verify-provenance.ts', [join(data, 'missing.json')], env)
    expect(code).to.equal(2)
    expect(err).to.include('missing.json')
  })
})
