/** A suite as two bytes of a structure (SPEC §1.4). */
import { isSuite, type Suite } from '../core/suite.ts'
import { UnknownSuiteError } from './errors.ts'

/** Narrows a number off the wire to a suite. @throws UnknownSuiteError */
export function asSuite(structure: string, suite: number): Suite {
  if (!isSuite(suite)) throw new UnknownSuiteError({ structure, suite })
  return suite
}
