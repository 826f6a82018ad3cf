import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { eraseOpenings } from '../../src/anchor/prove.ts'
import type { CommandIo } from '../../src/cli/command.ts'
import { wantsColour } from '../../src/cli/render-verification.ts'
import { verifyCommand } from '../../src/cli/verify-command.ts'
import { maxProofBytes } from '../../src/core/limits.ts'
import { encodeProof, type Proof } from '../../src/wire/proof.ts'
import { type ProvenanceChain, startProvenanceChain } from '../support/provenance.ts'

interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const colourStart = '\u001b['

describe('cli/verify-command', () => {
  let chain: ProvenanceChain
  let folder: string
  let proof: Proof

  before(async () => {
    chain = await startProvenanceChain()
    folder = await mkdtemp(join(tmpdir(), 'herald-verify-'))
    const [alice, bob] = [await chain.registered(), await chain.registered()]
    const text = 'sold\u001b[31m\u202e for three fifty'
    proof = (await chain.anchor([await chain.sign(alice, bob, { text }), await chain.sign(bob, alice)])).proofs[0]!
  })

  after(async () => {
    await rm(folder, { recursive: true })
    await chain[Symbol.asyncDispose]()
  })

  async function fileOf(content: string | Uint8Array): Promise<string> {
    const path = join(folder, `${crypto.randomUUID()}.json`)
    await writeFile(path, content)
    return path
  }

  /** The command in this process. */
  async function command(args: readonly string[], colour = false): Promise<Run> {
    const lines: Record<'out' | 'err', string[]> = { out: [], err: [] }
    const io: CommandIo = {
      out: (line) => lines.out.push(line),
      err: (line) => lines.err.push(line),
      colour,
      signal: new AbortController().signal,
    }
    const code = await verifyCommand.run(args, io)
    return { code, out: lines.out.join('\n'), err: lines.err.join('\n') }
  }

  /** The script, in a process of its own that gets the file and the RPC URL. */
  function script(args: readonly string[], rpcUrl = chain.rpcUrl): Promise<Run> {
    const child = spawn(process.execPath, ['scripts/verify-provenance.ts', ...args], {
      env: { PATH: process.env['PATH'], HERALD_RPC_URL: rpcUrl },
    })
    const run = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      run.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      run.err += chunk
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, ...run }))
    })
  }

  /** The same through both ways in. */
  async function both(path: string, rpcUrl = chain.rpcUrl): Promise<Run[]> {
    return Promise.all([command([path, '--rpc-url', rpcUrl]), script([path], rpcUrl)])
  }

  describe('run', () => {
    it('exits 0 for a proof that verifies, and shows who, when, what and every check', async () => {
      for (const { code, out, err } of await both(await fileOf(encodeProof(proof)))) {
        expect(err).to.equal('')
        expect(code).to.equal(0)
        expect(out).to.include(`sender      eip155:31337:${proof.sender}`)
        expect(out).to.match(/existed by .* block \d+/)
        expect(out.match(/^ {2}✓ /gm)).to.have.length(9)
        expect(out).to.match(/VERIFIED\s*$/)
      }
    })

    it('exits 1 for a proof that was changed, and names the check', async () => {
      const changed = { ...proof, content: { ...proof.content!, body: 'AAAA' } }
      for (const { code, out } of await both(await fileOf(encodeProof(changed)))) {
        expect(code).to.equal(1)
        expect(out).to.include('✗ content_matches')
        expect(out).to.match(/FAILED: content_matches\s*$/)
      }
    })

    it('exits 3 for a proof whose opening was erased, and calls nothing wrong', async () => {
      for (const { code, out } of await both(await fileOf(encodeProof(eraseOpenings(proof))))) {
        expect(code).to.equal(3)
        expect(out).to.include('Opening erased').and.include('INCOMPLETE: nothing is wrong')
        expect(out).to.not.include('✗')
      }
    })

    it('exits 2 and says what is missing: the file', async () => {
      for (const { code, out, err } of await both(join(folder, 'none.json'))) {
        expect({ code, out }).to.deep.equal({ code: 2, out: '' })
        expect(err).to.match(/cannot read .*none\.json: there is no such file \(cli\.proof_file\)/)
      }
      expect((await command([folder])).err).to.include('it is a folder')
    })

    it('exits 2 and says what is missing: a proof in the file', async () => {
      for (const { code, err } of await both(await fileOf('{ "herald": "proof"'))) {
        expect(code).to.equal(2)
        expect(err).to.include('proof: encoding must be JSON (wire.malformed_field)')
      }
      const large = await command([await fileOf(new Uint8Array(maxProofBytes + 1))])
      expect(large.code).to.equal(2)
      expect(large.err).to.include('wire.too_large')
    })

    it('exits 2 and says what is missing: a node that answers', async () => {
      for (const { code, err } of await both(await fileOf(encodeProof(proof)), 'http://127.0.0.1:1')) {
        expect(code).to.equal(2)
        expect(err).to.include('http://127.0.0.1:1 did not answer').and.include('HERALD_RPC_URL')
      }
    })

    it('shows no more of a body than a terminal can take', async () => {
      const { out } = await command([await fileOf(encodeProof(proof)), '--rpc-url', chain.rpcUrl])
      expect(out).to.include('"sold [31m  for three fifty"')
      expect(out).to.not.include('\u001b').and.not.include('\u202e')
    })

    it('writes colour only where there is a terminal for it', async () => {
      const args = [await fileOf(encodeProof(proof)), '--rpc-url', chain.rpcUrl]
      expect((await command(args, true)).out).to.include(colourStart)
      expect((await command(args)).out).to.not.include(colourStart)
      expect([wantsColour(true, undefined), wantsColour(true, '')]).to.deep.equal([true, true])
      expect([wantsColour(undefined, undefined), wantsColour(true, '1')]).to.deep.equal([false, false])
    })

    it('relies on the one registry that is named, if one is', async () => {
      const args = [await fileOf(encodeProof(proof)), '--rpc-url', chain.rpcUrl, '--registry']
      expect((await command([...args, chain.registry])).code).to.equal(0)
      const { code, out } = await command([...args, chain.contract])
      expect(code).to.equal(1)
      expect(out).to.include('FAILED: chain')
    })

    it('refuses wrong usage before it reads anything', async () => {
      for (const args of [[], ['a.json', 'b.json'], ['a.json', '--fast']]) {
        const refused = await command(args).then(
          () => 'ran',
          (error: Error) => error.constructor.name,
        )
        expect(refused).to.equal('UsageError')
      }
      expect((await script([])).code).to.equal(2)
    })
  })
})
