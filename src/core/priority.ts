/**
 * Priority classes (SPEC §3.2): one byte on the wire, a word in the API.
 */
import { InvalidArgumentError } from './errors.ts'

/** The classes, lowest first; a class's place is its byte on the wire. */
export const priorities = ['low', 'normal', 'high', 'urgent'] as const

/** A relay hands out higher classes first, and within a class what arrived first. */
export type Priority = (typeof priorities)[number]

/** The byte of a priority class, 0 to 3. @throws InvalidArgumentError when it is none of the four */
export function priorityByte(priority: Priority): number {
  const byte = priorities.indexOf(priority)
  if (byte < 0) throw new InvalidArgumentError({ argument: 'priority', expected: priorities.join(', ') })
  return byte
}
