/** What can go wrong when somebody else sends what was signed. */
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address, CardId } from '../core/ids.ts'

/** A relayer says that it was done, and the registry says that it was not. */
export class NotRelayedError extends HeraldError<{ agent: Address; cardId: CardId; transactionHash: Hex | undefined }> {
  constructor(facts: { agent: Address; cardId: CardId; transactionHash: Hex | undefined }) {
    const claim = facts.transactionHash === undefined ? 'named no transaction' : `named ${facts.transactionHash}`
    super({
      name: 'Registry.NotRelayedError',
      code: 'registry.not_relayed',
      retry: 'later',
      message: `the relayer ${claim}, and the registry knows nothing of it for card ${facts.cardId} of ${facts.agent}`,
      facts,
    })
  }
}

/** A relayer of the caller's own threw, which is the cause, or gave no receipt. Nothing was adopted; it may still be done. */
export class RelayerFailedError extends HeraldError<{ agent: Address; cardId: CardId }> {
  constructor(facts: { agent: Address; cardId: CardId }, cause: unknown) {
    super({
      name: 'Registry.RelayerFailedError',
      code: 'registry.relayer_failed',
      retry: 'later',
      message: `the relayer failed with what it was to send for card ${facts.cardId} of ${facts.agent}`,
      facts,
      cause,
    })
  }
}
