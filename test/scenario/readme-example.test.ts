import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runProgram, startProgram } from '../support/program.ts'

const root = join(import.meta.dirname, '../..')

/** The README's example, told where this run's chain and relay are. */
function exampleFor(rpcUrl: string, relayUrl: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, block] = /runs this block -->\s+```ts\n([\s\S]*?)```/.exec(readme) ?? []
  if (block === undefined) throw new Error('README.md has no example')
  return block
    .replace("'herald'", JSON.stringify(join(root, 'src/index.ts')))
    .replace("'http://127.0.0.1:8545'", JSON.stringify(rpcUrl))
    .replace("'http://127.0.0.1:8787'", JSON.stringify(relayUrl))
}

describe('scenario: a newcomer pastes the README’s example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-readme-'))
  after(() => rmSync(folder, { recursive: true }))

  it('runs against herald dev as it stands, verifies, and ends by itself', async () => {
    const args = ['dev', '--chain-port', '0', '--relay-port', '0', '--data', join(folder, 'data')]
    await using dev = startProgram('bin/herald.js', args)
    const [, rpcUrl] = await dev.printed(/rpcUrl: '([^']+)'/)
    const [, relayUrl] = await dev.printed(/relay: '([^']+)'/)
    const file = join(folder, 'example.ts')
    writeFileSync(file, exampleFor(rpcUrl as string, relayUrl as string))
    const { code, out, err } = await runProgram(file)
    expect(code, err).to.equal(0)
    expect(out).to.include("verdict: 'verified'")
  })
})
