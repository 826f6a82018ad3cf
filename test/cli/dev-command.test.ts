import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createAgent } from '../../src/index.ts'
import { runProgram, startProgram } from '../support/program.ts'

describe('cli/dev-command', () => {
  const data = mkdtempSync(join(tmpdir(), 'herald-dev-'))
  after(() => rmSync(data, { recursive: true }))

  it('starts a chain and a relay, prints what to paste, works with it, and stops when asked', async () => {
    const dev = startProgram('bin/herald.js', ['dev', '--chain-port', '0', '--relay-port', '0', '--data', data])
    await using _ = dev
    await dev.printed(/Ctrl-C stops both/)
    const pasted = async (pattern: RegExp) => (await dev.printed(pattern))[1] as string
    const agent = await createAgent({
      account: (await pasted(/account: '(0x[0-9a-f]{64})'/)) as `0x${string}`,
      chain: { id: Number(await pasted(/id: (\d+)/)), rpcUrl: await pasted(/rpcUrl: '([^']+)'/) },
      registry: await pasted(/registry: '(0x[0-9a-f]{40})'/),
      anchor: await pasted(/anchor: '(0x[0-9a-f]{40})'/),
      relay: await pasted(/relay: '([^']+)'/),
    })
    await agent.register()
    agent.on('message', (message) => message.reply({ text: `${message.text()} yourself` }))
    const self = await agent.peer(agent.account)
    expect((await self.request({ text: 'hello' }, { timeout: 10_000 })).text()).to.equal('hello yourself')
    await agent[Symbol.asyncDispose]()
    const { code, err } = await dev.stop()
    expect(code, err).to.equal(0)
  })

  it('says which port is taken', async () => {
    const first = startProgram('bin/herald.js', ['dev', '--chain-port', '0', '--relay-port', '0', '--data', data])
    await using _ = first
    const [, port] = await first.printed(/relay {2}http:\/\/127\.0\.0\.1:(\d+)/)
    const args = ['dev', '--chain-port', '0', '--relay-port', port as string, '--data', join(data, 'other')]
    const { code, err } = await runProgram('bin/herald.js', args)
    expect(code).to.equal(1)
    expect(err).to.include(`port ${port} is taken`).and.to.include('cli.port_taken')

    const [, chainPort] = await first.printed(/rpcUrl: 'http:\/\/127\.0\.0\.1:(\d+)'/)
    const taken = await runProgram('bin/herald.js', ['dev', '--chain-port', chainPort as string, '--relay-port', '0'])
    expect(taken.code).to.equal(1)
    expect(taken.err).to.include(`port ${chainPort} is taken`)
  })
})
