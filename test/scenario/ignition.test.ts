import { expect } from 'chai'
import { create2Factory, ensureFactory, hasCode } from '../../src/registry/create2.ts'
import { canonicalDeployment } from '../../src/registry/deployment.ts'
import { openRpc } from '../../src/registry/rpc.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'
import { runProgram, startProgram } from '../support/program.ts'

const hardhat = 'node_modules/hardhat/dist/src/cli.js'

// Ignition builds once more otherwise, for production; the settings are the same (hardhat.config.ts has one set).
function ignite(rpcUrl: string) {
  const args = [
    'ignition',
    'deploy',
    'ignition/modules/Herald.ts',
    '--network',
    'localhost',
    '--reset',
    '--build-profile',
    'default',
  ]
  return runProgram(hardhat, args, { HERALD_RPC_URL: rpcUrl, HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true' })
}

describe('scenario: deployment with Hardhat Ignition', function () {
  this.timeout(180_000) // the first run compiles the contracts
  const { registry, anchor } = canonicalDeployment(31_337)

  it('puts both contracts at their canonical addresses on npx hardhat node, which has the factory', async () => {
    const node = startProgram(hardhat, ['node', '--hostname', '127.0.0.1', '--port', '0'])
    await using _ = node
    const [, rpcUrl] = await node.printed(/(http:\/\/127\.0\.0\.1:\d+)/)
    const rpc = openRpc({ rpcUrl: rpcUrl as string })
    expect(await hasCode(rpc, create2Factory)).to.equal(true)
    const { code, out, err } = await ignite(rpcUrl as string)
    expect(code, err + out).to.equal(0)
    expect(out).to.include(`Herald#AgentRegistry - ${registry}`).and.to.include(`Herald#MessageAnchor - ${anchor}`)
    expect([await hasCode(rpc, registry), await hasCode(rpc, anchor)]).to.deep.equal([true, true])
  })

  describe('on a chain without the factory', () => {
    let chain: LocalChain
    before(async () => {
      chain = await startLocalChain()
    })
    after(() => chain[Symbol.asyncDispose]())

    it('fails rather than report contracts that are not there, and works once the factory is', async () => {
      expect((await ignite(chain.rpcUrl)).code).to.not.equal(0)
      const rpc = openRpc({ rpcUrl: chain.rpcUrl, account: chain.accounts[0]!.privateKey })
      await ensureFactory(rpc)
      expect((await ignite(chain.rpcUrl)).code).to.equal(0)
      expect(await hasCode(rpc, registry)).to.equal(true)
    })
  })
})
