import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { canonicalDeployment, parseDeployment } from '../../src/registry/deployment.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'
import { runProgram } from '../support/program.ts'

describe('cli/deploy-command', () => {
  const data = mkdtempSync(join(tmpdir(), 'herald-deploy-'))
  let chain: LocalChain
  before(async () => {
    chain = await startLocalChain({ chainId: 10, chainType: 'op' })
  })
  after(async () => {
    await chain[Symbol.asyncDispose]()
    rmSync(data, { recursive: true })
  })

  const deploy = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    runProgram('bin/herald.js', ['deploy', '--rpc-url', chain.rpcUrl, '--data', data, ...args], env)

  it('deploys both contracts, says what it cost, and keeps a deployment file for the chain', async () => {
    const { code, out, err } = await deploy({ HERALD_PRIVATE_KEY: chain.accounts[0]!.privateKey })
    expect(code, err).to.equal(0)
    const kept = parseDeployment(readFileSync(join(data, 'deployments', '10.json'), 'utf8'))
    const { registry, anchor } = canonicalDeployment(10)
    expect(kept).to.include({ chainId: 10, registry, anchor })
    expect(out).to.match(new RegExp(`AgentRegistry  ${registry}\n  gas \\d+  base chain \\d+ wei  transaction 0x`))
    expect(out).to.include(`MessageAnchor  ${anchor}`)
  })

  it('leaves what stands there, whoever asks', async () => {
    const { code, out } = await deploy({ HERALD_PRIVATE_KEY: chain.accounts[1]!.privateKey })
    expect(code).to.equal(0)
    expect(out.match(/stood there already/g)).to.have.length(2)
  })

  it('needs a key, and does not repeat one that is none', async () => {
    expect(await deploy({ HERALD_PRIVATE_KEY: '' })).to.include({ code: 2 })
    const { code, err } = await deploy({ HERALD_PRIVATE_KEY: 'correct-horse' })
    expect(code).to.equal(1)
    expect(err).to.include('core.invalid_argument').and.not.include('correct-horse')
  })

  it('refuses another chain than the one that was named', async () => {
    const { code, err } = await deploy({ HERALD_PRIVATE_KEY: chain.accounts[0]!.privateKey }, '--chain-id', '1')
    expect(code).to.equal(1)
    expect(err).to.include('registry.wrong_chain')
  })
})
