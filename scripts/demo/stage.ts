/** Where the demo plays: a chain in this process, a relay in its own, and agents whose traffic is overheard. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemAmbient } from '../../src/core/ambient.ts'
import type { MessageId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { Transport } from '../../src/transport/port.ts'
import { relayTransport } from '../../src/transport/relay-transport.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'

const projectFolder = join(import.meta.dirname, '../..')

/** A relay in a process of its own. */
export interface RelayProcess {
  readonly url: string
  /** Ends the process and waits for its end. */
  stop(): Promise<void>
}

function firstUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const url = /https?:\/\/\S+/.exec(line)?.[0]
      if (url) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`the relay ended with exit code ${code}`)))
  })
}

/** Starts `herald relay` on a free port. */
export async function startRelay(options: {
  readonly rpcUrl: string
  readonly chainId: number
  readonly registry: string
  readonly data: string
}): Promise<RelayProcess> {
  const { rpcUrl, chainId, registry, data } = options
  const chain = ['--rpc-url', rpcUrl, '--chain-id', String(chainId), '--registry', registry]
  const args = [join(projectFolder, 'bin/herald.js'), 'relay', '--port', '0', '--data', data, ...chain]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await firstUrl(child)
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Everything that passes a relay, as an eavesdropper sees it. */
export interface Wiretap {
  readonly transport: Transport
  /** The envelope of a message. */
  envelopeOf(id: MessageId): Uint8Array
}

/** A transport over relays that also keeps what it carries. */
export function tappedTransport(): Wiretap {
  const transport = relayTransport({
    ambient: systemAmbient,
    sha256: nodeBackend.sha256,
    verify: nodeBackend.ed25519Verify,
  })
  const seen = new Map<MessageId, Uint8Array>()
  const submit: Transport['submit'] = (envelope, relays, options) => {
    seen.set(decodeEnvelope(envelope).header.messageId, envelope)
    return transport.submit(envelope, relays, options)
  }
  return {
    transport: {
      submit,
      openInbox: (relay, owner, options) => transport.openInbox(relay, owner, options),
      configure: (relay, owner, settings) => transport.configure(relay, owner, settings),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    },
    envelopeOf(id) {
      const envelope = seen.get(id)
      if (envelope === undefined) throw new Error(`message ${id} was not overheard`)
      return envelope
    },
  }
}

/** What a program that ended said. */
export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs the verifier as a stranger would: another process, an empty environment, the file and the endpoint. */
export function verifyElsewhere(proofFile: string, rpcUrl: string): Promise<Ended> {
  const script = join(projectFolder, 'scripts/verify-provenance.ts')
  const child = spawn(process.execPath, [script, proofFile], {
    cwd: '/',
    env: { HERALD_RPC_URL: rpcUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output: output.trimEnd() })))
}
