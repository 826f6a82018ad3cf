/**
 * Write tokens (SPEC §8.8): the one this agent gave to its contacts, and those that others gave to it. They travel in
 * sealed messages of a content type of their own, which clients keep and do not show.
 */
import type { AgentRef } from '../core/agent-ref.ts'
import { type Hex, toHex } from '../core/bytes.ts'
import type { MailboxId } from '../core/ids.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import type { OpenedMessage } from '../messaging/sealed/open-message.ts'
import type { AgentParts } from './parts.ts'

/** Content type of a message that carries a token. */
export const writeTokenType = 'application/vnd.herald.write-token'
const tokenBytes = 32
const ownKey = 'own'

/** Keeps tokens. */
export interface WriteTokens {
  /** The token for an agent's mailbox; nothing when its owner gave none. */
  tokenFor(mailbox: MailboxId): Promise<Uint8Array | undefined>
  /** Keeps the token of a message that carries one. Tells whether it did. */
  take(opened: OpenedMessage): Promise<boolean>
  /** The token that contacts of this agent get; made when there is none, or anew when asked. */
  own(renew: boolean): Promise<Uint8Array>
  /** Gives out no token any more. */
  stopGiving(): Promise<void>
  /** Sends an agent the token, unless there is none or it has it. @param send resolves when the message is kept */
  give(to: AgentRef, send: (token: Uint8Array) => Promise<unknown>): Promise<void>
  /** SHA-256 of a token, which is what a relay is told. */
  idOf(token: Uint8Array): Hex
}

/** Creates the keeper of tokens. */
export function createWriteTokens(parts: Pick<AgentParts, 'backend' | 'ambient' | 'store'>): WriteTokens {
  const { backend, ambient, store } = parts
  const idOf = (token: Uint8Array) => toHex(backend.sha256(token))
  const receivedKey = (mailbox: MailboxId) => `received/${mailbox}`
  const givenKey = (mailbox: MailboxId, token: Uint8Array) => `given/${idOf(token)}/${mailbox}`
  return {
    idOf,
    tokenFor: (mailbox) => store.get('tokens', receivedKey(mailbox)),
    async take({ message }) {
      if (message.contentType !== writeTokenType || message.body.length !== tokenBytes) return false
      // A token is believed only for the mailbox of whoever sent it.
      await store.put('tokens', receivedKey(mailboxOf(backend, message.sender)), message.body)
      return true
    },
    async own(renew) {
      const kept = renew ? undefined : await store.get('tokens', ownKey)
      if (kept !== undefined) return kept
      const token = ambient.random(tokenBytes)
      await store.put('tokens', ownKey, token)
      return token
    },
    async stopGiving() {
      await store.delete('tokens', ownKey)
    },
    async give(to, send) {
      const token = await store.get('tokens', ownKey)
      if (token === undefined) return
      const key = givenKey(mailboxOf(backend, to), token)
      if ((await store.get('tokens', key)) !== undefined) return
      await send(token)
      await store.put('tokens', key, new Uint8Array())
    },
  }
}
