/**
 * A prototype: one signature over the Merkle root of the statements of a burst, each message with its path. Measures
 * receiving beside the signature a message that Herald has. The path travels inside, so the body grows by it.
 */

import { concatBytes, toHex } from '../../src/core/bytes.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { openBase } from '../../src/crypto/hpke.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { assertSenderTrusted } from '../../src/identity/trust.ts'
import { hpkeInfo } from '../../src/messaging/sealed/hpke-info.ts'
import type { OpenContext } from '../../src/messaging/sealed/open-message.ts'
import { statementOf } from '../../src/messaging/sealed/statement-of.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { contentPreimageIn, decodeInnerMessage } from '../../src/wire/inner-message.ts'

type Hash = CryptoBackend['sha256']

/** What travels inside each message of a burst instead of a signature of its own. */
interface BatchSignature {
  readonly index: number
  readonly path: readonly Uint8Array[]
  readonly signature: Uint8Array
}

const node = (sha256: Hash, left: Uint8Array, right: Uint8Array) => sha256(concatBytes(Uint8Array.of(1), left, right))
const leaf = (sha256: Hash, statement: Uint8Array) => sha256(concatBytes(Uint8Array.of(0), statement))

/** The layers of a tree whose size is a power of two, leaves first. */
function layersOf(sha256: Hash, leaves: readonly Uint8Array[]): Uint8Array[][] {
  const layers = [[...leaves]]
  for (let layer = layers[0] as Uint8Array[]; layer.length > 1; layers.push(layer))
    layer = Array.from({ length: layer.length / 2 }, (_, i) =>
      node(sha256, layer[2 * i] as Uint8Array, layer[2 * i + 1] as Uint8Array),
    )
  return layers
}

function climb(sha256: Hash, from: Uint8Array, { index, path }: BatchSignature): Uint8Array {
  let [hash, place] = [from, index]
  for (const sibling of path) {
    hash = place % 2 === 0 ? node(sha256, hash, sibling) : node(sha256, sibling, hash)
    place = Math.floor(place / 2)
  }
  return hash
}

/** Opens up to the statement, with every check of openMessage but the signature. */
async function openStatement(context: OpenContext, bytes: Uint8Array) {
  const { header, headerBytes, ciphertext } = decodeEnvelope(bytes)
  if (context.now() >= header.expires) throw new Error('expired')
  if (header.mailbox !== mailboxOf(context.backend, context.self)) throw new Error('not for me')
  const keyring = context.keyringOf(header.recipientCard)
  if (keyring?.suite !== header.suite) throw new Error('not for me')
  const info = hpkeInfo(header.suite, context.self, header.recipientCard)
  const innerBytes = openBase(context.backend, header.suite, keyring.sealing, header.enc, info, headerBytes, ciphertext)
  if (innerBytes === undefined) throw new Error('open failed')
  const message = decodeInnerMessage(innerBytes)
  const sender = await context.directory.byId(message.sender, message.senderCard)
  assertSenderTrusted(sender, message.created)
  const content = contentPreimageIn(innerBytes, message)
  return { sender, statement: statementOf(context.backend, message, headerBytes, context.self, content) }
}

/** A burst as it is received. */
export interface Burst {
  readonly envelopes: readonly Uint8Array[]
  readonly signatures: readonly BatchSignature[]
}

/** Signs a burst of envelopes that are sealed already. @param sign Ed25519 by the sender */
export async function signBurst(
  context: OpenContext,
  envelopes: readonly Uint8Array[],
  sign: (root: Uint8Array) => Uint8Array,
): Promise<Burst> {
  const { sha256 } = context.backend
  const leaves: Uint8Array[] = []
  for (const envelope of envelopes) leaves.push(leaf(sha256, (await openStatement(context, envelope)).statement))
  const layers = layersOf(sha256, leaves)
  const signature = sign(layers.at(-1)?.[0] as Uint8Array)
  const pathOf = (index: number) => layers.slice(0, -1).map((layer, depth) => layer[(index >> depth) ^ 1] as Uint8Array)
  return { envelopes, signatures: leaves.map((_, index) => ({ index, path: pathOf(index), signature })) }
}

/** Receives bursts: the signature of a root is verified once, a root that was verified is known by its bytes. */
export function burstReceiver(context: OpenContext): (envelope: Uint8Array, by: BatchSignature) => Promise<void> {
  const { sha256, ed25519Verify } = context.backend
  let verified = ''
  return async (envelope, by) => {
    const { sender, statement } = await openStatement(context, envelope)
    const root = climb(sha256, leaf(sha256, statement), by)
    const known = toHex(root) + toHex(by.signature) + sender.cardId
    if (known === verified) return
    if (!ed25519Verify(sender.card.signingKey, root, by.signature)) throw new Error('signature invalid')
    verified = known
  }
}
