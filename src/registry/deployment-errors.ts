/** What can go wrong with deployments: making them, and finding them. */
import { HeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'

/** A deployment file is not JSON, or has a field too many, too few, or of a wrong type. */
export class MalformedDeploymentError extends HeraldError<{ field: string; expected: string }> {
  constructor(facts: { field: string; expected: string }) {
    super({
      name: 'Registry.MalformedDeploymentError',
      code: 'registry.malformed_deployment',
      retry: 'never',
      message: `deployment: ${facts.field} must be ${facts.expected}`,
      facts,
    })
  }
}

/** No deployment is known for the chain. */
export class NoDeploymentError extends HeraldError<{ chainId: number; known: readonly number[] }> {
  constructor(facts: { chainId: number; known: readonly number[] }) {
    super({
      name: 'Registry.NoDeploymentError',
      code: 'registry.no_deployment',
      retry: 'never',
      message: `no deployment is given for chain ${facts.chainId}, only for: ${facts.known.join(', ') || 'none'}`,
      facts,
    })
  }
}

/** The chain has no CREATE2 factory, and does not take the transaction that makes it. */
export class FactoryUnavailableError extends HeraldError<{ endpoint: string; factory: Address }> {
  constructor(facts: { endpoint: string; factory: Address }, cause?: unknown) {
    super({
      name: 'Registry.FactoryUnavailableError',
      code: 'registry.factory_unavailable',
      retry: 'never',
      message: `the chain behind ${facts.endpoint} has no CREATE2 factory at ${facts.factory}, and does not take the transaction that makes it`,
      facts,
      cause,
    })
  }
}
