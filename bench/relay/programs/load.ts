/** A process that makes one load and ends. */
import { pathToFileURL } from 'node:url'
import type { Connect, Load, LoadMessage } from '../broker.ts'
import { connectHerald, connectHeraldHttp } from '../herald-client.ts'
import { runLoad } from '../run-load.ts'

const own: Readonly<Record<string, Connect>> = { herald: connectHerald, 'herald-http': connectHeraldHttp }

async function connectOf(name: string): Promise<Connect> {
  const known = own[name]
  if (known !== undefined) return known
  // The peers' types stay out of this program's, since they are not there until somebody measures.
  const file = new URL('../../peers/relay/index.ts', import.meta.url).pathname
  const { default: peers } = await import(pathToFileURL(file).href)
  return (peers as Record<string, Connect>)[name] as Connect
}

const load = JSON.parse(process.argv[2] ?? '{}') as Load
const connect = await connectOf(load.client)
const client = await connect(load.connection, load.queues)
const say = (message: LoadMessage) => void process.send?.(message)
say({ say: 'result', result: await runLoad(client, load, say) })
await client.close()
process.disconnect()
process.exit(0)
