/** Anchoring what was said, and proving it: leaves wait in the store until a batch takes them to the chain. */
import { type AnchorBatch, createBatch, messageLeaf } from '../anchor/batch.ts'
import { type AnchoredBatch, assembleProof } from '../anchor/prove.ts'
import type { AnchorPublication } from '../anchor/publisher.ts'
import { type Hex, toHex } from '../core/bytes.ts'
import type { CardId, MessageId } from '../core/ids.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import { CorruptRecordError, UnknownMessageError } from '../messaging/errors.ts'
import { decodeMessageRecord, type MessageRecord, messageKey } from '../messaging/message-record.ts'
import { statementOf } from '../messaging/sealed/statement-of.ts'
import type { StoreChange, StoreRow } from '../store/port.ts'
import { decodeHeader } from '../wire/envelope.ts'
import { decodeInnerMessage } from '../wire/inner-message.ts'
import type { Proof } from '../wire/proof.ts'
import { AmbiguousMessageError, AnchoringOffError } from './errors.ts'
import { decodeKeptBatch, encodeKeptBatch } from './kept-batch.ts'
import type { AgentParts } from './parts.ts'
import { scanAll } from './scan-all.ts'

/** Which message is proven, and what is shown of it. */
export interface ProveOptions {
  /** Needed only when several senders used the same message id. */
  readonly senderCard?: CardId
  /** Shows the body. Default true. */
  readonly revealContent?: boolean
  /** Shows recipient, conversation and outer header. Default false. */
  readonly revealRecipient?: boolean
}

/** A batch on the chain. */
export interface AnchorReport extends AnchorPublication {
  /** 32 bytes. */
  readonly root: Hex
  /** Number of messages. */
  readonly size: number
}

/** Anchors and proves. */
export interface Provenance {
  /** The row that puts a message in line for the next batch; nothing while anchoring is off. */
  pendingLeaf(record: MessageRecord): readonly StoreChange[]
  /** Anchors all messages in line, as one batch; nothing when there are none. @throws AnchoringOffError */
  anchor(): Promise<AnchorReport | undefined>
  /** A proof of a kept message. @throws UnknownMessageError, AmbiguousMessageError */
  prove(messageId: MessageId, options: ProveOptions): Promise<Proof>
}

const pendingPrefix = 'pending/'
const leafPrefix = 'leaf/'
const batchPrefix = 'batch/'

/** What a record says, taken apart for a proof. */
function takeApart({ backend }: AgentParts, record: MessageRecord) {
  const { messageId } = decodeHeader(record.headerBytes)
  const message = decodeInnerMessage(record.innerBytes)
  const statement = statementOf(backend, message, record.headerBytes, record.recipient)
  return { key: messageKey(messageId, message.senderCard), message, statement }
}

/** Finds the record of a message. @throws UnknownMessageError, AmbiguousMessageError */
async function findRecord({ store }: AgentParts, messageId: MessageId, senderCard?: CardId): Promise<MessageRecord> {
  const rows = await store.scan('messages', { prefix: `${messageId}/${senderCard ?? ''}`, limit: 2 })
  const [row] = rows
  if (row === undefined) throw new UnknownMessageError({ messageId })
  if (rows.length > 1) throw new AmbiguousMessageError({ messageId, count: rows.length })
  return decodeMessageRecord(row.value)
}

/** The batch that took a message to the chain; nothing while it waits. @throws CorruptRecordError */
async function anchoredBatchOf({ store }: AgentParts, key: string): Promise<AnchoredBatch | undefined> {
  const root = await store.get('batches', leafPrefix + key)
  const row = root && (await store.get('batches', batchPrefix + toHex(root)))
  if (!row) return undefined
  try {
    const { leaves, publication } = decodeKeptBatch(row)
    return { batch: createBatch(leaves), publication }
  } catch (error) {
    throw new CorruptRecordError({ table: 'batches' }, error)
  }
}

/** Creates the provenance part of an agent. */
export function createProvenance(parts: AgentParts): Provenance {
  const { backend, store, directory } = parts

  /** The rows that replace the waiting leaves once they are on the chain. */
  function anchoredRows(rows: readonly StoreRow[], batch: AnchorBatch, publication: AnchorPublication): StoreChange[] {
    const { root, leaves } = batch
    const perMessage = rows.flatMap(({ key }): StoreChange[] => [
      { table: 'batches', put: { key: leafPrefix + key.slice(pendingPrefix.length), value: root } },
      { table: 'batches', delete: key },
    ])
    const value = encodeKeptBatch({ publication, leaves })
    return [{ table: 'batches', put: { key: batchPrefix + toHex(root), value } }, ...perMessage]
  }

  return {
    pendingLeaf(record) {
      if (parts.anchor === undefined) return []
      const { key, message, statement } = takeApart(parts, record)
      const value = messageLeaf(backend, { ...message, statement })
      return [{ table: 'batches', put: { key: pendingPrefix + key, value } }]
    },
    async anchor() {
      if (parts.anchor === undefined) throw new AnchoringOffError()
      const rows = (await scanAll(store, 'batches', pendingPrefix)).slice(0, maxBatchLeaves)
      if (rows.length === 0) return undefined
      const batch = createBatch(rows.map(({ value }) => value))
      const publication = await parts.anchor.publish(batch)
      await store.batch(anchoredRows(rows, batch, publication))
      return { ...publication, root: toHex(batch.root), size: batch.size }
    },
    async prove(messageId, { senderCard, revealContent = true, revealRecipient = false }) {
      const record = await findRecord(parts, messageId, senderCard)
      const { key, message, statement } = takeApart(parts, record)
      const { cardBytes } = await directory.byId(message.sender, message.senderCard)
      const { headerBytes, recipient } = record
      return assembleProof(backend, {
        sender: message.sender,
        card: cardBytes,
        statement,
        signature: message.signature,
        opening: message.opening,
        content: revealContent ? message : undefined,
        binding: revealRecipient ? { ...message, headerBytes, recipient } : undefined,
        anchor: await anchoredBatchOf(parts, key),
      })
    },
  }
}
