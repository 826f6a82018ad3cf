/** Child processes whose output is kept. */

import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** The repository. */
export const root: string = join(import.meta.dirname, '..', '..')

/** What a command wrote, both streams in the order written, and how it ended. */
export interface Finished {
  readonly output: string
  readonly exitCode: number
  readonly seconds: number
}

/** The output goes through a pipe, whence tools cannot see whether it ends on a terminal. */
function colour(): Record<string, string> {
  if ('FORCE_COLOR' in process.env || 'NO_COLOR' in process.env) return {}
  return process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
}

const binaries = join(root, 'node_modules', '.bin')

/**
 * Runs a command line as npm runs a script: in the repository, with the installed binaries in the path.
 *
 * @param listen is handed each piece of output as it comes
 */
export async function runCommand(commandLine: string, listen?: (text: string) => void): Promise<Finished> {
  const started = performance.now()
  const child = spawn(commandLine, {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...colour(), ...process.env, PATH: `${binaries}${delimiter}${process.env['PATH']}` },
  })
  const pieces: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      pieces.push(text)
      listen?.(text)
    })
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  return { output: pieces.join(''), exitCode, seconds: (performance.now() - started) / 1000 }
}
