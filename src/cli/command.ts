/** What a command of `herald` is, and what it may touch: its arguments, its output and the signal that ends it. */

/** Where a command writes, and how it learns that it is to stop. */
export interface CommandIo {
  /** Writes a line to standard output. */
  out(line: string): void
  /** Writes a line to standard error. */
  err(line: string): void
  /** Whether standard output is a terminal that shows colour. */
  readonly colour: boolean
  /** Aborts when the user asks the process to stop (SIGINT, SIGTERM). */
  readonly signal: AbortSignal
}

/** One command. */
export interface Command {
  readonly name: string
  /** One line for `herald --help`. */
  readonly summary: string
  /** What `herald <name> --help` shows: usage, options with defaults, environment. */
  readonly help: string
  /** Runs it. @returns the exit code: 0 done, 1 failed, 2 wrong usage @throws HeraldError for what the user can mend */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** The arguments do not fit the command. */
export class UsageError extends Error {}
