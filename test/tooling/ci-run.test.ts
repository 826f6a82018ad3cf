/** `.ci/run` is run with an `npx` in its path that prints recorded closings instead of doing the work. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'

interface Command {
  readonly prints: string
  readonly exitCode: number
}

interface Commands {
  readonly demo: Command
  readonly test: Command
  readonly check: Command
  readonly solidity: Command
  readonly coverage: Command
  readonly mutation: Command
  readonly fuzz: Command
  readonly faults: Command
}

const ciRun = join(import.meta.dirname, '..', '..', '.ci', 'run')

const good: Commands = {
  demo: { prints: 'deploys\n21 checks passed, 0 failed', exitCode: 0 },
  test: {
    prints: 'test:contracts 9 passed, 0 failed\ntest:library 200 passed, 0 failed\n209 passed, 0 failed',
    exitCode: 0,
  },
  check: { prints: 'ok layers\n13 passed, 0 failed', exitCode: 0 },
  solidity: { prints: '  105 passing\n105 passed, 0 failed', exitCode: 0 },
  coverage: { prints: 'contracts/A.sol 9/9 8/8\n17 passed, 0 failed', exitCode: 0 },
  mutation: { prints: 'killed    2.0 s  no deadline\n1 passed, 0 failed', exitCode: 0 },
  fuzz: { prints: '  9 passing (5m)\n9 passed, 0 failed', exitCode: 0 },
  faults: { prints: '  22 passing (2m)\n22 passed, 0 failed', exitCode: 0 },
}

const fakeNpx = `#!/bin/sh
case "$*" in
  *"npm run demo"*) name=demo ;;
  *"npm test"*) name=test ;;
  *"npm run check"*) name=check ;;
  *"npm run test:solidity"*) name=solidity ;;
  *"npm run coverage:contracts"*) name=coverage ;;
  *"npm run test:mutation"*) name=mutation ;;
  *"npm run test:fuzz"*) name=fuzz ;;
  *"npm run test:faults"*) name=faults ;;
esac
cat "$(dirname "$0")/$name.txt"
exit "$(cat "$(dirname "$0")/$name.code")"
`

describe('.ci/run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-ci-'))
  writeFileSync(join(folder, 'npx'), fakeNpx)
  chmodSync(join(folder, 'npx'), 0o755)

  after(() => rmSync(folder, { recursive: true }))

  function run(changes: Partial<Commands>): { lastLine: string | undefined; exitCode: number | null } {
    for (const [name, { prints, exitCode }] of Object.entries({ ...good, ...changes })) {
      writeFileSync(join(folder, `${name}.txt`), `${prints}\n`)
      writeFileSync(join(folder, `${name}.code`), String(exitCode))
    }
    const { stdout, status } = spawnSync('bash', [ciRun], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    })
    return { lastLine: stdout.trimEnd().split('\n').at(-1), exitCode: status }
  }

  it('ends with the sum of what the commands close with', () => {
    expect(run({})).to.deep.equal({ lastLine: '397 passed, 0 failed', exitCode: 0 })
  })

  it('runs the rest when one fails, and fails', () => {
    const demo = { prints: '20 checks passed, 1 failed', exitCode: 1 }
    expect(run({ demo })).to.deep.equal({ lastLine: '396 passed, 1 failed', exitCode: 1 })
  })

  it('counts a command without a closing line as a failure, whatever its exit code', () => {
    const test = { prints: 'npm error engine Unsupported engine', exitCode: 0 }
    expect(run({ test })).to.deep.equal({ lastLine: '188 passed, 1 failed', exitCode: 1 })
  })

  it('counts a bad exit code as a failure when the closing line shows none', () => {
    const check = { prints: '13 passed, 0 failed', exitCode: 137 }
    expect(run({ check })).to.deep.equal({ lastLine: '397 passed, 1 failed', exitCode: 1 })
  })

  it('counts a mutant that lives, and a branch that no test takes', () => {
    const coverage = { prints: 'contracts/A.sol:9 `a` is never true\n16 passed, 1 failed', exitCode: 1 }
    const mutation = { prints: 'SURVIVED  2.0 s  no deadline\n0 passed, 1 failed', exitCode: 1 }
    expect(run({ coverage, mutation })).to.deep.equal({ lastLine: '395 passed, 2 failed', exitCode: 1 })
  })

  it('fails when a closing line shows failures though the exit code is zero', () => {
    const check = { prints: '11 passed, 2 failed', exitCode: 0 }
    expect(run({ check })).to.deep.equal({ lastLine: '395 passed, 2 failed', exitCode: 1 })
  })
})
