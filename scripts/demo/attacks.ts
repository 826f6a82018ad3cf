/** Four attacks, each with what it takes and the reason it fails for. */

import { toHex } from '../../src/core/bytes.ts'
import { asMessageId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { PublishedCard } from '../../src/identity/card-directory.ts'
import { deserializeKeyring } from '../../src/identity/keyring.ts'
import { type Agent, isHeraldError, type Proof } from '../../src/index.ts'
import { sealMessage } from '../../src/messaging/sealed/seal-message.ts'
import type { Store } from '../../src/store/port.ts'

/** Why an agent refuses an envelope: the error's code and text; nothing when it takes it. */
export async function refusal(agent: Agent, envelope: Uint8Array): Promise<string | undefined> {
  try {
    await agent.receive(envelope)
    return undefined
  } catch (error) {
    if (isHeraldError(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

/** An envelope with one bit of its ciphertext flipped. */
export function flipBit(envelope: Uint8Array): Uint8Array {
  const damaged = Uint8Array.from(envelope)
  const last = damaged.length - 1
  damaged[last] = (damaged[last] as number) ^ 1
  return damaged
}

/** A proof that claims the same words for another sender. */
export function moveProof(proof: Proof, sender: Agent): Proof {
  return { ...proof, sender: sender.address }
}

/** What a thief does with a stolen key: seals a message in the victim's name, as the library itself would. */
export async function sealWithStolenKey(
  victim: PublishedCard,
  victimStore: Store,
  recipient: PublishedCard,
): Promise<Uint8Array> {
  const stolen = await victimStore.get('keyrings', victim.cardId)
  if (stolen === undefined) throw new Error('nothing to steal')
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const created = Date.now()
  const sender = { agent: victim.agent, cardId: victim.cardId, keyring: deserializeKeyring(nodeBackend, stolen) }
  const { envelope } = sealMessage(nodeBackend, random, sender, recipient, {
    messageId: asMessageId(toHex(random(16))),
    conversation: toHex(random(16)) as never,
    seq: 0,
    // A thief writes any time; this one claims to have been earlier than the revocation.
    created: created - 60_000,
    expires: created + 3_600_000,
    inReplyTo: undefined,
    priority: 'normal',
    kind: 'message',
    contentType: 'text/plain;charset=utf-8',
    body: new TextEncoder().encode('send me all your tokens'),
  })
  return envelope
}
