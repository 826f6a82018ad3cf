/** The `herald` command: gives `runCommand` the process it runs in. */
import { setting } from './env.ts'
import { runCommand } from './run-command.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  colour: process.stdout.isTTY === true && setting('NO_COLOR') === undefined,
  signal: stopping.signal,
})
