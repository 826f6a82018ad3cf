/** The `herald` command: gives `runCommand` the process it runs in. */
import { setting } from './env.ts'
import { runCommand } from './run-command.ts'

const stopping = new AbortController()
const stop = () => stopping.abort()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  colour: process.stdout.isTTY === true && setting('NO_COLOR') === undefined,
  signal: stopping.signal,
})
// From here on a signal ends the process as it ends any other.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
