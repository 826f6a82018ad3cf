/**
 * HPKE against an independent implementation, @hpke/core, on random inputs: each opens what the other seals, in order, and
 * both export the same. Its AEADs are AES-GCM and export-only, its X-Wing has no authenticated mode.
 */
import {
  Aes128Gcm,
  Aes256Gcm,
  CipherSuite,
  DhkemX25519HkdfSha256,
  ExportOnly,
  HkdfSha256,
  type RecipientContext,
  type SenderContext,
} from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import { expect } from 'chai'
import { concatBytes } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { openBase, setupBaseSender } from '../../src/crypto/hpke.ts'
import type { HpkeRecipient, HpkeSender } from '../../src/crypto/hpke-context.ts'
import { setupDeniableRecipient, setupDeniableSender } from '../../src/crypto/hpke-deniable.ts'
import { type HpkeParameters, setupRecipient, setupSender } from '../../src/crypto/hpke-setup.ts'
import { aes128Gcm, aes256Gcm, exportOnly, type HpkeAead, hpkeSuite } from '../../src/crypto/hpke-suite.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import { cryptoBackends } from '../support/crypto-backends.ts'
import { type SeededRandom, seededRandom } from '../support/seeded-random.ts'

const seed = 20261123
const rounds = 4
const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer as ArrayBuffer
const bytesOf = (given: ArrayBuffer) => new Uint8Array(given)

const theirKems = { [suiteX25519]: () => new DhkemX25519HkdfSha256(), [suiteXWing]: () => new XWing() }
const theirAeads = new Map([
  [aes128Gcm, () => new Aes128Gcm()],
  [aes256Gcm, () => new Aes256Gcm()],
  [exportOnly, () => new ExportOnly()],
])

function oracleOf(kem: Suite, aead: HpkeAead): CipherSuite {
  return new CipherSuite({ kem: theirKems[kem](), kdf: new HkdfSha256(), aead: theirAeads.get(aead)!() })
}

/** Everything random of one context. */
interface Inputs {
  readonly secret: Secret
  readonly sender: Secret
  readonly info: Uint8Array
  readonly psk: { readonly psk: Secret; readonly pskId: Uint8Array }
  readonly draw: (length: number) => Uint8Array
}

function inputsOf(random: SeededRandom): Inputs {
  return {
    secret: new Secret(random.bytes(32)),
    sender: new Secret(random.bytes(32)),
    info: random.bytes(random.below(100)),
    psk: { psk: new Secret(random.bytes(32 + random.below(40))), pskId: random.bytes(1 + random.below(40)) },
    draw: random.bytes,
  }
}

interface Mode {
  readonly name: string
  readonly hasPsk: boolean
  readonly isDeniable: boolean
}

const modes: readonly Mode[] = [
  { name: 'base', hasPsk: false, isDeniable: false },
  { name: 'psk', hasPsk: true, isDeniable: false },
  { name: 'auth, here deniable', hasPsk: false, isDeniable: true },
  { name: 'auth_psk, here deniable', hasPsk: true, isDeniable: true },
]

/** Contexts of one side's making, opened by the other's. */
interface Pairs {
  readonly ours: readonly [HpkeSender, RecipientContext]
  readonly theirs: readonly [SenderContext, HpkeRecipient]
}

async function contexts(
  backend: CryptoBackend,
  kem: Suite,
  aead: HpkeAead,
  mode: Mode,
  inputs: Inputs,
): Promise<Pairs> {
  const { secret, sender, info, psk, draw } = inputs
  const oracle = oracleOf(kem, aead)
  const publicKey = kemOf(kem).publicKey(backend, secret)
  const [recipientKey, recipientPublicKey] = [
    await oracle.kem.deserializePrivateKey(buffer(secret.reveal())),
    await oracle.kem.deserializePublicKey(buffer(publicKey)),
  ]
  const bound = {
    info: buffer(info),
    ...(mode.hasPsk && { psk: { id: buffer(psk.pskId), key: buffer(psk.psk.reveal()) } }),
  }
  const withPsk = mode.hasPsk ? { psk } : {}
  const parameters: HpkeParameters = { suite: hpkeSuite(kem, aead), info, ...withPsk }
  if (!mode.isDeniable) {
    const ours = setupSender(backend, parameters, publicKey, draw)!
    const theirs = await oracle.createSenderContext({ recipientPublicKey, ...bound })
    return {
      ours: [ours, await oracle.createRecipientContext({ recipientKey, enc: buffer(ours.enc), ...bound })],
      theirs: [theirs, setupRecipient(backend, parameters, secret, bytesOf(theirs.enc))!],
    }
  }
  const deniable = { suite: hpkeSuite(suiteX25519, aead), info, ...withPsk }
  const senderPublicKey = backend.x25519PublicKey(sender)
  const [senderKey, theirSenderPublicKey] = [
    await oracle.kem.deserializePrivateKey(buffer(sender.reveal())),
    await oracle.kem.deserializePublicKey(buffer(senderPublicKey)),
  ]
  const senderPair = { privateKey: senderKey, publicKey: theirSenderPublicKey }
  const ours = setupDeniableSender(backend, deniable, publicKey, sender, draw)!
  const theirs = await oracle.createSenderContext({ recipientPublicKey, senderKey: senderPair, ...bound })
  const ofOurs = { recipientKey, senderPublicKey: theirSenderPublicKey, enc: buffer(ours.enc), ...bound }
  return {
    ours: [ours, await oracle.createRecipientContext(ofOurs)],
    theirs: [theirs, setupDeniableRecipient(backend, deniable, secret, senderPublicKey, bytesOf(theirs.enc))!],
  }
}

async function exchangeMessages({ ours, theirs }: Pairs, random: SeededRandom): Promise<void> {
  for (let message = 0; message < 3; message++) {
    const [aad, plaintext] = [random.bytes(random.below(60)), random.bytes(random.below(300))]
    const sealed = ours[0].seal(aad, plaintext)
    expect(bytesOf(await ours[1].open(buffer(sealed), buffer(aad)))).to.deep.equal(plaintext)
    const theirSealed = bytesOf(await theirs[0].seal(buffer(plaintext), buffer(aad)))
    const damaged = concatBytes(theirSealed.subarray(1), theirSealed.subarray(0, 1))
    expect(theirs[1].open(aad, damaged)).to.equal(undefined)
    expect(theirs[1].open(aad, theirSealed)).to.deep.equal(plaintext)
  }
}

async function exportSecrets({ ours, theirs }: Pairs, random: SeededRandom): Promise<void> {
  const [context, length] = [random.bytes(random.below(60)), 1 + random.below(200)]
  const [[ourSender, theirRecipient], [theirSender, ourRecipient]] = [ours, theirs]
  expect(ourSender.export(context, length)).to.have.length(length)
  expect(bytesOf(await theirRecipient.export(buffer(context), length))).to.deep.equal(ourSender.export(context, length))
  expect(ourRecipient.export(context, length)).to.deep.equal(bytesOf(await theirSender.export(buffer(context), length)))
}

/** Contexts with every AEAD, in both directions. @returns how many agreed */
async function agreeOnContexts(backend: CryptoBackend, kem: Suite, mode: Mode): Promise<number> {
  const random = seededRandom(seed)
  let made = 0
  for (let round = 0; round < rounds; round++)
    for (const aead of theirAeads.keys()) {
      const pairs = await contexts(backend, kem, aead, mode, inputsOf(random))
      if (aead !== exportOnly) await exchangeMessages(pairs, random)
      await exportSecrets(pairs, random)
      made += 2
    }
  return made
}

describe('crypto/hpke against @hpke/core', () => {
  for (const { name, backend } of cryptoBackends)
    for (const kem of [suiteX25519, suiteXWing] satisfies Suite[]) {
      const kemName = kem === suiteXWing ? 'X-Wing' : 'X25519'
      for (const mode of modes.filter(({ isDeniable }) => kem === suiteX25519 || !isDeniable))
        it(`agrees in mode ${mode.name} with ${kemName} and every AEAD it has, on ${name}`, async () => {
          expect(await agreeOnContexts(backend, kem, mode)).to.equal(2 * rounds * theirAeads.size)
        })

      it(`agrees on the one message of setupBaseSender and openBase with ${kemName}, on ${name}`, async () => {
        const random = seededRandom(seed)
        const oracle = oracleOf(kem, aes256Gcm)
        for (let round = 0; round < rounds; round++) {
          const { secret, info, draw } = inputsOf(random)
          const [aad, plaintext] = [random.bytes(random.below(60)), random.bytes(random.below(300))]
          const publicKey = kemOf(kem).publicKey(backend, secret)
          const recipientKey = await oracle.kem.deserializePrivateKey(buffer(secret.reveal()))
          const recipientPublicKey = await oracle.kem.deserializePublicKey(buffer(publicKey))

          const ours = setupBaseSender(backend, kem, publicKey, info, draw)!
          const bound = { recipientKey, enc: buffer(ours.enc), info: buffer(info) }
          const sealed = ours.seal(aad, plaintext)
          expect(bytesOf(await oracle.open(bound, buffer(sealed), buffer(aad)))).to.deep.equal(plaintext)

          const theirs = await oracle.seal({ recipientPublicKey, info: buffer(info) }, buffer(plaintext), buffer(aad))
          const [enc, ciphertext] = [bytesOf(theirs.enc), bytesOf(theirs.ct)]
          expect(openBase(backend, kem, secret, enc, info, aad, ciphertext)).to.deep.equal(plaintext)
        }
      })
    }
})
