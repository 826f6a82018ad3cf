/** What a call throws, when it has to be an error of Herald's. */
import { inspect } from 'node:util'
import { HeraldError } from '../../src/core/errors.ts'

/** The Herald error that a call ends in. @throws an ordinary error when it ends otherwise, or shows what it must not */
export async function caught(call: Promise<unknown> | (() => unknown)): Promise<HeraldError> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    if (!(error instanceof HeraldError)) throw new Error('not an error of Herald', { cause: error })
    if (/api-key-of-mine/.test(inspect(error, { depth: 10 }))) throw new Error('the error shows the RPC URL')
    return error
  }
  throw new Error('nothing was thrown')
}
