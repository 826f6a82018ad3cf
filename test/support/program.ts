/** Runs the project's own programs as processes of their own, as a user does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

/** The folder of the project. */
const projectFolder = join(import.meta.dirname, '../..')

/** What a program that ended said. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A program that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess
  /** Resolves with the first match in what it prints. @throws when it ends before */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Asks it to stop, and tells how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

/** Starts a program of the project with Node.js. @param program path, absolute or below the project folder */
export function startProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [resolve(projectFolder, program), ...args], {
    cwd: projectFolder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })))
  return {
    process: child,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(out)
          if (match) resolve(match)
        }
        child.stdout.on('data', look)
        look()
        void ended.then(({ code }) => reject(new Error(`${program} ended with ${code}: ${out}${err}`)))
      }),
    stop(signal = 'SIGINT') {
      child.kill(signal)
      return ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Runs a program of the project to its end. */
export async function runProgram(
  program: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const running = startProgram(program, args, env)
  return new Promise((resolve) => {
    running.process.once('close', async () => resolve(await running.stop()))
  })
}
