/** Holds crypto backends against each other on random operations. */
import { isHeraldError } from '../../src/core/errors.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { type OperationKind, operationKinds, spell } from './backend-operations.ts'
import { seededRandom } from './seeded-random.ts'

/** How many of each kind were run. */
export type OperationCounts = ReadonlyMap<string, number>

/** As many of each kind as its share says; what is left over by rounding goes to the first kinds. */
export function shareOut(operations: number): Map<string, number> {
  const counts = new Map(operationKinds.map(({ name, share }) => [name, Math.floor((operations * share) / 1000)]))
  let left = operations - [...counts.values()].reduce((sum, count) => sum + count, 0)
  for (const { name } of operationKinds) if (left-- > 0) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Every kind as often as it is to run, in a random order. */
function shuffledKinds(counts: OperationCounts, below: (limit: number) => number): OperationKind[] {
  const kinds = operationKinds.flatMap((kind) => Array.from({ length: counts.get(kind.name) ?? 0 }, () => kind))
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[kinds[i], kinds[j]] = [kinds[j] as OperationKind, kinds[i] as OperationKind]
  }
  return kinds
}

/** The answer, or the code of the refusal; anything else that is thrown fails the run. */
function outcome(call: () => Parameters<typeof spell>[0]): string {
  try {
    return spell(call())
  } catch (error) {
    if (isHeraldError(error)) return error.code
    throw error
  }
}

/** What is run, and from which start. */
export interface ComparisonOptions {
  readonly operations: number
  readonly seed: number
  /** Makes the inputs; the same from the same seed, so it draws nothing of its own. */
  readonly maker: CryptoBackend
}

/**
 * Runs random operations on all backends.
 *
 * @returns how many of each kind all of them answered alike
 * @throws Error that names seed and place of the first operation on which two differ
 */
export function compareBackends(
  backends: readonly CryptoBackend[],
  { operations, seed, maker }: ComparisonOptions,
): OperationCounts {
  const random = seededRandom(seed)
  const done = new Map<string, number>()
  for (const [place, kind] of shuffledKinds(shareOut(operations), random.below).entries()) {
    const operation = kind.draw(random, maker)
    const answers = backends.map((backend) => outcome(() => operation(backend, backends)))
    if (new Set(answers).size !== 1)
      throw new Error(`seed ${seed}, operation ${place}, ${kind.name}: ${answers.join(' | ')}`)
    done.set(kind.name, (done.get(kind.name) ?? 0) + 1)
  }
  return done
}
