/** Herald's relay as users run it, `herald relay`, on a durable database, with owners on a local chain. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { RelayLimits } from '../../src/relay/config.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { openSession } from '../../src/transport/relay-session.ts'
import type { Owners } from '../../test/faults/support/owners.ts'
import { type RelayProcess, startRelayProcess } from '../../test/faults/support/relay-process.ts'
import type { Connection } from './broker.ts'

/** The limits that the load would reach; all others are the defaults. */
export const raisedLimits: Partial<RelayLimits> = {
  submitBurst: 1e9,
  submitPerSecond: 1e9,
  mailboxBurst: 1e9,
  mailboxPerSecond: 1e9,
  callBurst: 1e9,
  callsPerSecond: 1e9,
  sessionBurst: 1e9,
  sessionPerSecond: 1e9,
  maxMailboxMessages: 1e9,
  maxMailboxBytes: 1e15,
}

/** Relays and the mailboxes they keep for the load. */
export interface HeraldServer {
  readonly pids: readonly number[]
  readonly connection: Connection
  stop(): Promise<void>
}

function sessionAt(url: string, owner: MailboxOwner): Promise<string> {
  const options = { relay: url, owner, sha256: nodeBackend.sha256, timeoutMillis: 20_000 }
  return openSession(options).then(({ token }) => token)
}

async function mailboxAt(url: string, owner: MailboxOwner, sender: MailboxOwner) {
  return {
    url,
    id: owner.mailbox,
    token: await sessionAt(url, owner),
    senderToken: await sessionAt(url, sender),
  }
}

/**
 * Starts relays, each on a database of its own; an owner's mailbox is at the relay of its place, in turn.
 *
 * @param env added to the relays' environment
 */
export async function startHerald(
  data: string,
  { chain, owners }: Owners,
  { relays, queues }: { readonly relays: number; readonly queues: number },
  env: Readonly<Record<string, string>> = {},
): Promise<HeraldServer> {
  const running: RelayProcess[] = []
  for (let i = 0; i < relays; i++) {
    const folder = join(data, `relay-${i}`)
    mkdirSync(folder, { recursive: true })
    const relay = await startRelayProcess({ data: folder, chain, limits: raisedLimits, env })
    process.prependOnceListener('exit', () => relay.process.kill('SIGKILL'))
    running.push(relay)
  }
  const mailboxes = []
  for (let i = 0; i < queues; i++) {
    const { url } = running[i % relays] as RelayProcess
    mailboxes.push(await mailboxAt(url, owners[i] as MailboxOwner, owners[queues + i] as MailboxOwner))
  }
  return {
    connection: { mailboxes },
    pids: running.map(({ process }) => process.pid as number),
    async stop() {
      for (const relay of running) await relay.stop()
    },
  }
}
