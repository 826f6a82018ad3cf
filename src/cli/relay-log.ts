/** How a relay's log is written: for people, or as JSON lines by pino. Entries name no mailbox, owner or bytes. */
import { pino } from 'pino'
import type { RelayLogEntry } from '../relay/config.ts'

/** Warnings and errors as lines of text. What goes well is no news: a relay that runs says nothing. */
export function textLog(write: (line: string) => void): (entry: RelayLogEntry) => void {
  return ({ level, event, code }) => {
    if (level !== 'info') write(`${level} ${event}${code === undefined ? '' : ` ${code}`}`)
  }
}

/** Everything as JSON lines. */
export function jsonLog(write: (line: string) => void): (entry: RelayLogEntry) => void {
  const formatters = { level: (label: string) => ({ level: label }) }
  const stream = { write: (line: string) => write(line.trimEnd()) }
  const logger = pino({ base: { name: 'herald-relay' }, timestamp: pino.stdTimeFunctions.isoTime, formatters }, stream)
  return ({ level, event, code }) => logger[level]({ event, ...(code !== undefined && { code }) })
}
