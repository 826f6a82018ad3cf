import { expect } from 'chai'
import { runCommand } from '../../src/cli/run-command.ts'

async function run(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line), colour: false }
  const code = await runCommand(args, { ...io, signal: new AbortController().signal })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('cli/run-command', () => {
  it('lists its commands when asked for help or for nothing', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { code, out } = await run(...args)
      expect(code).to.equal(0)
      for (const name of ['dev', 'deploy', 'relay', 'verify']) expect(out).to.match(new RegExp(`^  ${name} `, 'm'))
    }
  })

  it('tells its version', async () => {
    for (const flag of ['--version', '-v']) expect(await run(flag)).to.include({ code: 0, out: '0.1.0' })
  })

  it('shows a command’s options and defaults', async () => {
    for (const name of ['dev', 'deploy', 'relay', 'verify'])
      expect((await run(name, '--help')).out).to.include(`usage: herald ${name}`)
  })

  it('exits with 2 and its overview on a command or option it does not have', async () => {
    for (const args of [['frobnicate'], ['--frobnicate']]) {
      const { code, err } = await run(...args)
      expect(code).to.equal(2)
      expect(err).to.include(`there is no command ${args[0]}`)
    }
  })

  it('exits with 2 and the command’s help on a wrong flag, a wrong port and a wrong chain id', async () => {
    for (const args of [
      ['--frobnicate', '1'],
      ['--port', '70000', '--chain-id', '1', '--registry', '0x'],
      ['--chain-id', 'x'],
    ]) {
      const { code, err } = await run('relay', ...args)
      expect(code).to.equal(2)
      expect(err).to.include('usage: herald relay')
    }
  })

  it('exits with 1 and one line with the code when a chain cannot be reached', async () => {
    const { code, err } = await run('relay', '--rpc-url', 'http://127.0.0.1:9')
    expect(code).to.equal(1)
    expect(err).to.match(/^herald relay: .+ \(registry\.rpc_unreachable\)$/)
  })
})
