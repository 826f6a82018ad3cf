/** Getting, replacing and revoking the agent's own card. Keys are kept before their card is published. */

import { formatAccountId } from '../core/agent-ref.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { CardId, Millis, Seconds } from '../core/ids.ts'
import { defaultGraceMillis, maxLifetimeMillis } from '../core/limits.ts'
import { createCard } from '../identity/card.ts'
import type { PublishedCard, RevocationReason } from '../identity/card-directory.ts'
import { createKeyring } from '../identity/keyring.ts'
import type { Sender } from '../messaging/sealed/seal-message.ts'
import type { Publication } from '../registry/registry-transactions.ts'
import type { RelayedWriter, Via } from '../registry/relayed-writer.ts'
import { NotRegisteredYetError } from './errors.ts'
import type { AgentParts } from './parts.ts'

/** How an agent came to its card. */
export interface Registration {
  readonly cardId: CardId
  /** The publication; nothing when a card published before was taken up. */
  readonly transaction: Publication | undefined
}

/** How a card is revoked. */
export interface RevokeOptions {
  /** Default `unspecified`. Only `superseded` and `cessation_of_operation` leave earlier messages believed. */
  readonly reason?: RevocationReason
  /** The claim that the key was in other hands since then. */
  readonly compromisedSince?: Seconds
  /** Who sends the transaction and pays for it; the agent's account only signs. Default: the agent's account. */
  readonly via?: Via
}

/** The agent's card of this moment, and the ways to change it. */
export interface OwnCard {
  /** Takes up the current card when its keys are kept here, and publishes a new one otherwise. */
  register(via?: Via): Promise<Registration>
  /**
   * Publishes a card with new keys.
   *
   * @param graceMillis how long the old one stays valid beside it, so that what was sealed or signed by it meanwhile is
   *   not refused; 0 ends it at once
   */
  rotate(graceMillis: Millis, via?: Via): Promise<Registration>
  /** Revokes the current card. */
  revoke(options: RevokeOptions): Promise<Publication>
  /** The card to speak by. @throws NotRegisteredYetError */
  sender(): Sender
}

/** Creates the handle on the agent's own card. */
export function createOwnCard(parts: AgentParts): OwnCard {
  const { self, backend, ambient, keys, directory, registry } = parts
  let own: Sender | undefined

  /** The current card by the chain itself: a cache that lags would have us publish after a card that is not current. */
  async function published(): Promise<PublishedCard | undefined> {
    const current = await registry.current(self.address)
    return current && { ...(await directory.byId(self, current.cardId)), record: current.record }
  }

  /** Whether the current card still says what this agent was configured with. */
  function fits({ card, record }: PublishedCard): boolean {
    const sameRelays =
      card.relays.length === parts.relays.length && card.relays.every((url, i) => url === parts.relays[i])
    return record.revokedAt === 0 && card.kind === parts.kind && sameRelays
  }

  function graceEnd(graceMillis: Millis): Seconds {
    return graceMillis > 0 ? Math.ceil((ambient.now() + graceMillis) / 1000) : 0
  }

  function writerFor(via: Via | undefined): RelayedWriter {
    return via === undefined ? registry : registry.via(via)
  }

  async function publish(previous: CardId | undefined, previousValidUntil: Seconds, via?: Via): Promise<Registration> {
    const keyring = createKeyring(backend, ambient.random)
    const { cardBytes, cardId } = createCard(backend, { agent: self, keyring, kind: parts.kind, relays: parts.relays })
    await keys.put(cardId, keyring)
    const transaction = await writerFor(via).publish({ card: cardBytes, previous, previousValidUntil })
    own = { agent: self, cardId, keyring }
    return { cardId, transaction }
  }

  return {
    async register(via) {
      const current = await published()
      const keyring = current && keys.get(current.cardId)
      if (!current || !keyring || !fits(current))
        return publish(current?.cardId, current ? graceEnd(defaultGraceMillis) : 0, via)
      own = { agent: self, cardId: current.cardId, keyring }
      return { cardId: current.cardId, transaction: undefined }
    },
    async rotate(graceMillis, via) {
      if (!(graceMillis >= 0 && graceMillis <= maxLifetimeMillis))
        throw new InvalidArgumentError({ argument: 'graceMillis', expected: `0 to ${maxLifetimeMillis}` })
      const current = await published()
      return publish(current?.cardId, current ? graceEnd(graceMillis) : 0, via)
    },
    async revoke({ reason = 'unspecified', compromisedSince = 0, via }) {
      const { cardId } = sender()
      const report = await writerFor(via).revoke({ cardId, reason, compromisedSince })
      own = undefined
      return report
    },
    sender,
  }

  function sender(): Sender {
    if (own === undefined) throw new NotRegisteredYetError({ account: formatAccountId(self) })
    return own
  }
}
