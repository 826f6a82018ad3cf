/**
 * Sealing and opening 1 KiB, everything of DESIGN's message level included: HPKE with X-Wing, commitments, Ed25519,
 * padding, encoding; opening also checks card, signature and clock. The peer, @hpke/core with its X-Wing and WebCrypto's
 * Ed25519, does HPKE and one signature over the plaintext, nothing else.
 */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import { asAddress, asConversationId, asMessageId } from '../src/core/ids.ts'
import type { CryptoBackend } from '../src/crypto/backend.ts'
import { nobleBackend } from '../src/crypto/noble-backend.ts'
import { nodeBackend } from '../src/crypto/node-backend.ts'
import { createCard } from '../src/identity/card.ts'
import type { CardDirectory, PublishedCard } from '../src/identity/card-directory.ts'
import { createKeyring } from '../src/identity/keyring.ts'
import { openMessage } from '../src/messaging/sealed/open-message.ts'
import { type Draft, sealMessage } from '../src/messaging/sealed/seal-message.ts'
import { type Alternative, interleave } from './interleave.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const body = random(1024)

function agentOf(backend: CryptoBackend, byte: string) {
  const address = asAddress(`0x${byte.repeat(20)}`)
  const agent = { chainId: 31337, registry: asAddress(`0x${'5e'.repeat(20)}`), address }
  const keyring = createKeyring(backend, random)
  const made = createCard(backend, { agent, keyring, kind: 'agent', relays: [] })
  const times = { validFrom: 1, validUntil: 0, revokedAt: 0, compromisedSince: 0, epoch: 0, suite: 0x647a, hint: 0 }
  const published: PublishedCard = { agent, ...made, record: { ...times, reason: 'unspecified' } }
  return { agent, published, keyring }
}

function heraldOn(backend: CryptoBackend): { seal: Alternative; open: Alternative } {
  const [alice, bob] = [agentOf(backend, 'a1'), agentOf(backend, 'b0')]
  const created = Date.now()
  const draft: Draft = {
    messageId: asMessageId(`0x${'a1'.repeat(16)}`),
    conversation: asConversationId(`0x${'c0'.repeat(16)}`),
    seq: 0,
    created,
    expires: created + 86_400_000,
    inReplyTo: undefined,
    priority: 'normal',
    kind: 'message',
    contentType: 'application/octet-stream',
    body,
  }
  const sender = { agent: alice.agent, cardId: alice.published.cardId, keyring: alice.keyring }
  const directory: CardDirectory = { current: async () => alice.published, byId: async () => alice.published }
  const context = { backend, self: bob.agent, keyringOf: () => bob.keyring, directory, now: Date.now }
  // Envelopes are opened in turn, so that nothing of one is in a cache when it comes again.
  const envelopes = Array.from(
    { length: 64 },
    () => sealMessage(backend, random, sender, bob.published, draft).envelope,
  )
  let turn = 0
  return {
    seal: { name: `herald, ${backend.name}`, run: () => sealMessage(backend, random, sender, bob.published, draft) },
    open: {
      name: `herald, ${backend.name}`,
      run: () => openMessage(context, envelopes[turn++ % envelopes.length] as Uint8Array),
    },
  }
}

async function hpkeCore(): Promise<{ seal: Alternative; open: Alternative }> {
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
  const keys = await suite.kem.generateKeyPair()
  const signer = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  const bufferOf = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer
  const seal = async () => {
    const signature = await crypto.subtle.sign('Ed25519', signer.privateKey, body)
    const sender = await suite.createSenderContext({ recipientPublicKey: keys.publicKey })
    const plaintext = new Uint8Array([...new Uint8Array(signature), ...body])
    return { enc: sender.enc, ciphertext: await sender.seal(bufferOf(plaintext)) }
  }
  const sealed = await seal()
  const open = async () => {
    const recipient = await suite.createRecipientContext({ recipientKey: keys.privateKey, enc: sealed.enc })
    const plaintext = new Uint8Array(await recipient.open(sealed.ciphertext))
    return crypto.subtle.verify('Ed25519', signer.publicKey, plaintext.subarray(0, 64), plaintext.subarray(64))
  }
  const name = '@hpke/core X-Wing + WebCrypto Ed25519'
  return { seal: { name, run: seal }, open: { name, run: open } }
}

/** Runs the benchmark. */
export async function sealOpen() {
  const alternatives = [heraldOn(nodeBackend), heraldOn(nobleBackend), await hpkeCore()]
  const options = { rounds: 9, cpuMillis: 400 }
  return {
    work: '1 KiB, X-Wing suite, operations per CPU-second, median of 9 interleaved rounds',
    seal: await interleave(
      alternatives.map(({ seal }) => seal),
      options,
    ),
    open: await interleave(
      alternatives.map(({ open }) => open),
      options,
    ),
  }
}
