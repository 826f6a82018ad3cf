/** Memory of a relay with many open, authenticated WebSockets that wait for mail. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { residentBytesOf } from './process-cost.ts'

/** What so many sockets cost. */
export interface SocketCost {
  readonly sockets: number
  readonly residentMebibytesBefore: number
  readonly residentMebibytes: number
  readonly kibibytesASocket: number
}

const client = new URL('../../test/support/many-sockets-client.ts', import.meta.url).pathname
const wanted = 10_000
/** File descriptors that both ends need for other things. */
const spare = 200

async function openFilesAllowed(): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', 'ulimit -Hn'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(shell.stdout), 'line')) as [string]
  return line === 'unlimited' ? wanted + spare : Number(line)
}

/** Opens sockets to a relay and tells what they cost it. @param token of any session there */
export async function measureSockets(url: string, token: string, pid: number): Promise<SocketCost> {
  const sockets = Math.min(wanted, (await openFilesAllowed()) - spare)
  const before = residentBytesOf(pid)
  const stdio = ['pipe', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, [client, url, token, String(sockets)], { stdio: [...stdio] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  if (line !== `open ${sockets}`) throw new Error(`the sockets did not open: ${line}`)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const after = residentBytesOf(pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576)
  return {
    sockets,
    residentMebibytesBefore: mebibytes(before),
    residentMebibytes: mebibytes(after),
    kibibytesASocket: Number(((after - before) / 1024 / sockets).toFixed(1)),
  }
}
