/** What an agent is made of: ports only, picked by whoever creates it. */
import type { AnchorPublisher } from '../anchor/publisher.ts'
import type { AgentRef } from '../core/agent-ref.ts'
import type { Ambient } from '../core/ambient.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import type { CardDirectory } from '../identity/card-directory.ts'
import type { RegistryClient } from '../registry/registry-client.ts'
import type { RelayedWriter, Via } from '../registry/relayed-writer.ts'
import type { Store } from '../store/port.ts'
import type { Transport } from '../transport/port.ts'
import type { CardKind } from '../wire/card.ts'
import type { KeyStore } from './key-store.ts'

/** What an agent needs of the registry for its own card: the writes, and the current card as it is this moment. */
export interface RegistryWriter extends Pick<RegistryClient, 'publish' | 'revoke' | 'current'> {
  /** The same writes, sent and paid for by somebody else. */
  via(via: Via): RelayedWriter
}

/** All of it. */
export interface AgentParts {
  readonly self: AgentRef
  readonly kind: CardKind
  /** The agent's relays, best first; they go into its card. */
  readonly relays: readonly string[]
  readonly backend: CryptoBackend
  readonly ambient: Ambient
  readonly store: Store
  /** Messages remembered against replays at the same time; the protocol's default when left out. */
  readonly replayLimit?: number | undefined
  readonly keys: KeyStore
  readonly transport: Transport
  readonly directory: CardDirectory
  readonly registry: RegistryWriter
  /** Nothing: anchoring is off. */
  readonly anchor: AnchorPublisher | undefined
  /** Whether a relay may learn that this agent sends, where a mailbox takes mail of registered senders only. */
  readonly identify: boolean
}
