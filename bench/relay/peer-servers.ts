/**
 * Servers that Herald's relay is compared with, from the distribution's packages, each with a data folder and port of its own
 * and never as a service of the system. One that is not installed is left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import type { Connection } from './broker.ts'

/** How a peer is started, and what it promises. */
export interface Peer {
  /** Also the name of its client. */
  readonly name: string
  /** What is known of a message once the server has acknowledged it. */
  readonly acknowledgement: string
  /** Whether that means that it is on disk. */
  readonly durable: boolean
  readonly version: string
  start(folder: string): Promise<PeerServer>
}

/** A running peer. */
export interface PeerServer {
  readonly pid: number
  readonly connection: Connection
  stop(): Promise<void>
}

const startMillis = 60_000

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => settle(true)).on('error', () => settle(false))
  })
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (const until = Date.now() + startMillis; !(await listens(port)); ) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`${child.spawnfile} did not start`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  readonly env?: NodeJS.ProcessEnv
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

/** Starts a server in the foreground; nothing it says is kept. */
async function launch({ command, args, port, env, user }: Launch): Promise<{ pid: number; stop(): Promise<void> }> {
  // A group of its own, so that what a server starts ends with it.
  const child = spawn(command, args, { stdio: 'ignore', detached: true, env: { ...process.env, ...env }, ...user })
  const pid = child.pid as number
  const kill = () => {
    if (child.exitCode === null) process.kill(-pid, 'SIGKILL')
  }
  process.prependOnceListener('exit', kill)
  await untilListening(child, port)
  return {
    pid,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Where the first of these programs is. */
function find(...patterns: readonly string[]): string | undefined {
  return patterns.flatMap((pattern) => globSync(pattern))[0]
}

/** What a program says about itself. */
function versionOf(command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown'
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number)
  return first > major || (first === major && second >= minor)
}

/** Whom a server runs as that refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function folderFor(folder: string, user: { uid: number; gid: number } | undefined): void {
  mkdirSync(folder, { recursive: true })
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
}

function rabbitmq(): Peer | undefined {
  const command = find('/usr/lib/rabbitmq/bin/rabbitmq-server')
  if (command === undefined) return undefined
  const library = find('/usr/lib/rabbitmq/lib/rabbitmq_server-*') ?? ''
  return {
    name: 'rabbitmq',
    acknowledgement: 'quorum queue of one member: in its write-ahead log, synced to disk, many messages a sync',
    durable: true,
    version: /[\d.]+$/.exec(library)?.[0] ?? 'unknown',
    async start(folder) {
      folderFor(folder, undefined)
      const [port, distribution, names] = [await freePort(), await freePort(), await freePort()]
      writeFileSync(join(folder, 'plugins'), '[].\n')
      writeFileSync(join(folder, 'bench.conf'), 'loopback_users = none\nlog.console = false\n')
      const env = {
        HOME: folder,
        ERL_EPMD_PORT: String(names),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'bench@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distribution),
        RABBITMQ_MNESIA_BASE: join(folder, 'data'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
        RABBITMQ_CONFIG_FILE: join(folder, 'bench.conf'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      }
      // The port mapper is a daemon that outlives who started it, and ends only when nobody uses it.
      const endNames = () => void spawnSync('epmd', ['-port', String(names), '-kill'], { stdio: 'ignore' })
      process.once('exit', endNames)
      const server = await launch({ command, args: [], port, env })
      const stop = async () => {
        await server.stop()
        process.off('exit', endNames)
        endNames()
      }
      return { pid: server.pid, connection: { port }, stop }
    },
  }
}

function postgresql(): Peer | undefined {
  const command = find('/usr/lib/postgresql/*/bin/postgres', '/usr/bin/postgres')
  if (command === undefined) return undefined
  return {
    name: 'postgresql',
    acknowledgement: 'synchronous_commit = on: the transaction is in the write-ahead log, synced to disk',
    durable: true,
    version: versionOf(command, '--version'),
    async start(folder) {
      const user = unprivileged()
      folderFor(folder, user)
      const [port, data] = [await freePort(), join(folder, 'data')]
      const name = 'bench'
      const init = ['-D', data, '-U', name, '-A', 'trust', '-E', 'UTF8', '--locale', 'C']
      const { status } = spawnSync(join(command, '../initdb'), init, { stdio: 'ignore', ...user })
      if (status !== 0) throw new Error('initdb failed')
      const settings = ['synchronous_commit=on', 'fsync=on', 'shared_buffers=256MB', 'listen_addresses=127.0.0.1']
      const flags = [...settings, `unix_socket_directories=${folder}`, 'max_wal_size=4GB'].flatMap((one) => ['-c', one])
      const server = await launch({ command, args: ['-D', data, '-p', String(port), ...flags], port, user })
      await new Promise((resolve) => setTimeout(resolve, 500))
      return { ...server, connection: { port, user: name } }
    },
  }
}

function redis(): Peer | undefined {
  const command = find('/usr/bin/redis-server')
  if (command === undefined) return undefined
  return {
    name: 'redis',
    acknowledgement: 'appendfsync always: in the append-only file, synced to disk, once a turn of its event loop',
    durable: true,
    version: versionOf(command, '--version'),
    async start(folder) {
      folderFor(folder, undefined)
      const port = await freePort()
      const flags = { port, bind: '127.0.0.1', dir: folder, appendonly: 'yes', appendfsync: 'always', save: '' }
      const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
      return { ...(await launch({ command, args, port })), connection: { port } }
    },
  }
}

function nats(): Peer | undefined {
  const command = find('/usr/sbin/nats-server', '/usr/bin/nats-server')
  if (command === undefined) return undefined
  const version = versionOf(command, '--version')
  // Older ones have no setting by which a message is on disk before it is acknowledged.
  const durable = isAtLeast(version, 2, 10)
  return {
    name: 'nats',
    acknowledgement: durable
      ? 'sync_interval always: in its file, synced to disk, one sync a message'
      : 'written to the page cache; synced to disk every two minutes (sync_interval came with 2.10)',
    durable,
    version,
    async start(folder) {
      folderFor(folder, undefined)
      const port = await freePort()
      const sync = durable ? 'sync_interval: always' : ''
      const settings = `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}", ${sync} }\n`
      writeFileSync(join(folder, 'nats.conf'), settings)
      return { ...(await launch({ command, args: ['-c', join(folder, 'nats.conf')], port })), connection: { port } }
    },
  }
}

function mosquitto(): Peer | undefined {
  const command = find('/usr/sbin/mosquitto', '/usr/bin/mosquitto')
  if (command === undefined) return undefined
  return {
    name: 'mosquitto',
    acknowledgement: 'QoS 1: in memory; written to disk every half hour and when it stops',
    durable: false,
    version: versionOf(command, '-h'),
    async start(folder) {
      folderFor(folder, undefined)
      chmodSync(folder, 0o777)
      const port = await freePort()
      const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence true', 'log_dest none']
      const bounds = ['max_inflight_messages 0', 'max_queued_messages 0', 'set_tcp_nodelay true']
      const lines = [...settings, `persistence_location ${folder}/`, ...bounds]
      writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
      return {
        ...(await launch({ command, args: ['-c', join(folder, 'mosquitto.conf')], port })),
        connection: { port },
      }
    },
  }
}

/** Those that are installed. */
export function installedPeers(): Peer[] {
  return [rabbitmq(), postgresql(), redis(), nats(), mosquitto()].filter((peer) => peer !== undefined)
}
