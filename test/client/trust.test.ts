import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { isHeraldError } from '../../src/core/errors.ts'
import type { RpcFault } from '../../src/index.ts'
import { type LyingProxy, startLyingProxy } from '../registry/lying-proxy.ts'
import { lieAbout } from '../registry/quorum-fixture.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

const projectFolder = join(import.meta.dirname, '../..')

/** Creates an agent in a process of its own; gives the code of what it throws, and the modules that were loaded. */
async function createElsewhere(trust: object | undefined, isInstalled: boolean) {
  const program = `
    import { registerHooks } from 'node:module'
    const modules = []
    registerHooks({
      resolve: (name, context, next) => {
        if (!${isInstalled} && name.startsWith('@ethereumjs/')) throw new Error('not found: ' + name)
        return next(name, context)
      },
      load: (url, context, next) => {
        modules.push(url)
        return next(url, context)
      },
    })
    const { createAgent } = await import('./src/index.ts')
    const account = '0x' + '11'.repeat(32)
    const registry = '0x' + '22'.repeat(20)
    const rpcUrl = 'http://127.0.0.1:1'
    const options = { account, registry, chain: { id: 1, rpcUrl }, relay: rpcUrl, ...${JSON.stringify({ trust })} }
    const code = await createAgent(options).then(() => undefined, (error) => error.code)
    console.log(JSON.stringify({ code, modules }))
  `
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: projectFolder })
  return JSON.parse(stdout) as { code?: string; modules: string[] }
}

describe('create-agent', () => {
  describe('trust', () => {
    let world: TestWorld
    let proxies: LyingProxy[]

    before(async () => {
      world = await startTestWorld()
      const start = () => startLyingProxy(world.chain.rpcUrl)
      proxies = [await start(), await start(), await start()]
    })
    after(async () => {
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    })

    it('lets agents talk over three endpoints of which one lies, and names it', async () => {
      const faults: RpcFault[] = []
      const rpcs = proxies.map(({ rpcUrl }) => rpcUrl)
      const trust = { rpcs, quorum: 2, proofs: true as const, onFault: (fault: RpcFault) => faults.push(fault) }
      proxies[0]!.liar = lieAbout('eth_getProof', (proof: object) => ({ ...proof, accountProof: [] }))
      await using alice = await world.agent(1, { trust })
      await using bob = await world.agent(2, { trust })
      await alice.register()
      await bob.register()
      bob.on('message', (message) => message.reply({ text: `you said ${message.text()}` }))
      const peer = await alice.peer(bob.account)
      expect((await peer.request({ text: 'hello' })).text()).to.equal('you said hello')
      const { origin } = new URL(rpcs[0]!)
      // Which endpoint shows a new block first is chance.
      const lies = faults.filter(({ error }) => error.code !== 'registry.rpc_behind')
      expect(lies).not.to.deep.equal([])
      for (const { endpoint, error } of lies) {
        expect(endpoint).to.equal(origin)
        expect(error.code).to.equal('registry.proof_invalid')
      }
    })

    it('reads no card, not even its own, where no quorum agrees', async () => {
      const dead = ['http://127.0.0.1:1', 'http://127.0.0.1:2']
      await using alice = await world.agent(3, { trust: { rpcs: [...dead, proxies[1]!.rpcUrl], proofs: true } })
      const refusal = await alice.register().then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(isHeraldError(refusal, 'registry.quorum_unreachable')).to.equal(true)
    })

    it('loads the library that checks proofs only when it is asked for', async () => {
      const isProving = (url: string) => /@ethereumjs|proven-reader|storage-proof|block-quorum/.test(url)
      const without = await createElsewhere(undefined, true)
      expect(without.code).to.equal(undefined)
      expect(without.modules.filter(isProving)).to.deep.equal([])
      const trusting = await createElsewhere({ rpcs: ['http://127.0.0.1:1'], proofs: true }, true)
      expect(trusting.code).to.equal(undefined)
      expect(trusting.modules.filter(isProving)).not.to.deep.equal([])
    })

    it('says that the library is missing where it is not installed, and needs none without trust', async () => {
      const trusting = await createElsewhere({ rpcs: ['http://127.0.0.1:1'], proofs: true }, false)
      expect(trusting.code).to.equal('registry.proof_library_missing')
      expect((await createElsewhere(undefined, false)).code).to.equal(undefined)
    })
  })
})
