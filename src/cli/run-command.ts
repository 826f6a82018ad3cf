/** Finds the command that was asked for, runs it, and says what went wrong in one line. */
import { readFileSync } from 'node:fs'
import { HeraldError } from '../core/errors.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { deployCommand } from './deploy-command.ts'
import { devCommand } from './dev-command.ts'
import { relayCommand } from './relay-command.ts'
import { verifyCommand } from './verify-command.ts'

const commands: readonly Command[] = [devCommand, deployCommand, relayCommand, verifyCommand]

function overview(): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`)
  const about = ['herald: secure, verifiable messaging for AI agents', '', 'usage: herald <command> [options]', '']
  return [...about, ...lines, '', 'herald <command> --help tells its options'].join('\n')
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(manifest.version)
}

function reportFailure(error: unknown, command: Command, io: CommandIo): number {
  if (error instanceof UsageError) {
    io.err(`herald ${command.name}: ${error.message}\n\n${command.help}`)
    return 2
  }
  if (!(error instanceof HeraldError)) throw error
  io.err(`herald ${command.name}: ${error.message} (${error.code})`)
  return 1
}

const helpFlags: readonly string[] = ['--help', '-h', 'help']
const versionFlags: readonly string[] = ['--version', '-v']

/** Runs the command that the arguments name and tells the exit code. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const [name = '--help', ...rest] = args
  if (versionFlags.includes(name)) {
    io.out(version())
    return 0
  }
  if (helpFlags.includes(name)) {
    io.out(overview())
    return 0
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) return unknown(name, io)
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(command.help)
    return 0
  }
  try {
    return await command.run(rest, io)
  } catch (error) {
    return reportFailure(error, command, io)
  }
}

function unknown(name: string, io: CommandIo): number {
  io.err(`herald: there is no command ${name}\n\n${overview()}`)
  return 2
}
