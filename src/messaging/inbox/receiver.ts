/**
 * The receiving end: opens, checks replay, keeps, and tells the caller whether to handle (SPEC §5.4). A message is
 * remembered as `pending` before it is handled and as `done` after, so a crash between the two repeats the handling
 * rather than losing the message, and a replay after `done` is refused.
 */
import { equalBytes } from '../../core/bytes.ts'
import type { CardId, MessageId, Millis } from '../../core/ids.ts'
import { defaultReplayLimit, maxClockSkewMillis } from '../../core/limits.ts'
import type { Store, StoreChange } from '../../store/port.ts'
import { CorruptRecordError, ReplayedError } from '../errors.ts'
import { encodeMessageRecord, messageKey } from '../message-record.ts'
import { type OpenContext, type OpenedMessage, openMessage } from '../sealed/open-message.ts'
import { createReplayMemory } from './replay-memory.ts'
import { decodeReplayRow, encodeReplayRow, type ReplayRow } from './replay-row.ts'

/** A message that may be handled now. */
export interface Received extends OpenedMessage {
  /** Whether an earlier handling was begun and never ended. */
  readonly repeated: boolean
  /** Marks the message as handled; from then on the same one is a replay. */
  done(): Promise<void>
  /** Leaves the message unhandled: the next delivery of it is handled again. */
  abandon(): void
}

/** Takes envelopes in. */
export interface Receiver {
  /**
   * Opens and checks one envelope.
   *
   * @throws ReplayedError when it came before, CorruptRecordError when that cannot be told, ReplayMemoryFullError when it
   *   could not be remembered, or what `openMessage` throws
   */
  receive(envelope: Uint8Array): Promise<Received>
}

/** What a receiver needs. */
export interface ReceiverOptions extends OpenContext {
  readonly store: Store
  /** Messages remembered against replays at the same time. Default 1,048,576. */
  readonly replayLimit?: number | undefined
  /** Rows to write together with a kept message, such as its anchor leaf. */
  alsoKeep?(opened: OpenedMessage): readonly StoreChange[]
}

function readRow(row: Uint8Array): ReplayRow {
  try {
    return decodeReplayRow(row)
  } catch (error) {
    throw new CorruptRecordError({ table: 'replay' }, error)
  }
}

interface MessageIdentity {
  readonly messageId: MessageId
  readonly senderCard: CardId
}

/** Creates a receiver. @throws InvalidArgumentError on a replay limit that is none */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { store, backend, replayLimit = defaultReplayLimit } = options
  const memory = createReplayMemory({ store, now: () => options.now(), limit: replayLimit })
  const inHand = new Set<string>()

  /** Whether the row is of an earlier run that claimed exactly this envelope and did not finish. @throws what refuses it */
  async function isUnfinished(id: MessageIdentity, key: string, digest: Uint8Array): Promise<boolean> {
    const row = await store.get('replay', key)
    const known = row && readRow(row)
    if (known?.state === 'pending' && equalBytes(known.envelopeDigest, digest)) return true
    throw new ReplayedError({ ...id, handled: true })
  }

  /** Trust decision: this message has not been handled before, and is not being handled. @throws ReplayedError */
  async function claim(id: MessageIdentity, digest: Uint8Array, expiresAt: Millis): Promise<boolean> {
    const key = messageKey(id.messageId, id.senderCard)
    if (inHand.has(key)) throw new ReplayedError({ ...id, handled: false })
    inHand.add(key)
    try {
      const row = encodeReplayRow({ state: 'pending', envelopeDigest: digest })
      const claimed = await memory.claim(key, row, expiresAt)
      return claimed ? false : await isUnfinished(id, key, digest)
    } catch (error) {
      inHand.delete(key)
      throw error
    }
  }

  async function receive(envelope: Uint8Array): Promise<Received> {
    const opened = await openMessage(options, envelope)
    const { messageId, expires } = opened.header
    const { senderCard } = opened.message
    const key = messageKey(messageId, senderCard)
    const digest = backend.sha256(envelope)
    // SPEC §5.4: kept until no clock in the allowed window takes the message any more.
    const expiresAt = expires + maxClockSkewMillis
    const repeated = await claim({ messageId, senderCard }, digest, expiresAt)
    try {
      const { headerBytes, innerBytes } = opened
      const value = encodeMessageRecord({ direction: 'received', recipient: options.self, headerBytes, innerBytes })
      await store.batch([{ table: 'messages', put: { key, value } }, ...(options.alsoKeep?.(opened) ?? [])])
    } catch (error) {
      inHand.delete(key)
      throw error
    }
    return {
      ...opened,
      repeated,
      async done() {
        // Whether or not the store takes it, the message is no longer in hand: a next delivery is judged by its row.
        const row = encodeReplayRow({ state: 'done', envelopeDigest: digest })
        await store.put('replay', key, row, { expiresAt }).finally(() => inHand.delete(key))
      },
      abandon: () => void inHand.delete(key),
    }
  }
  return { receive }
}
