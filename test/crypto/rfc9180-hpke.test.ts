/** RFC 9180 appendix A: its X25519 suites, in all four modes, on every backend. */
import { expect } from 'chai'
import { Secret } from '../../src/core/secret.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import type { CryptoBackend, RandomSource } from '../../src/crypto/backend.ts'
import { dhKemAuthDecapsulate, dhKemAuthEncapsulate } from '../../src/crypto/dh-kem.ts'
import type { HpkeRecipient, HpkeSender } from '../../src/crypto/hpke-context.ts'
import { setupDeniableRecipient, setupDeniableSender } from '../../src/crypto/hpke-deniable.ts'
import { hpkeModes } from '../../src/crypto/hpke-key-schedule.ts'
import {
  type HpkeParameters,
  type PreSharedKey,
  schedule,
  setupRecipient,
  setupSender,
} from '../../src/crypto/hpke-setup.ts'
import { hpkeSuite } from '../../src/crypto/hpke-suite.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import { vectorBackends } from '../support/crypto-backends.ts'
import {
  aeadById,
  type ContextVector,
  checkContexts,
  checkSchedule,
  type VectorTotals,
} from '../support/hpke-vectors.ts'
import { hex, needed, publicVectors } from '../support/public-vectors.ts'
import { printCount } from '../support/vector-count.ts'

interface Setup extends Omit<ContextVector, 'encryptions' | 'exports'> {
  readonly mode: string
  readonly aead_id: string
  readonly info: string
  readonly ikmE: string
  readonly pkEm: string
  readonly skEm: string
  readonly ikmR: string
  readonly pkRm: string
  readonly skRm: string
  readonly ikmS?: string
  readonly pkSm?: string
  readonly skSm?: string
  readonly psk?: string
  readonly psk_id?: string
  readonly enc: string
  readonly shared_secret: string
  readonly key_schedule_context: string
  readonly secret: string
}

interface Vector extends Pick<ContextVector, 'encryptions' | 'exports'> {
  readonly mode: string
  readonly setup: Setup
}

const kem = kemOf(suiteX25519)
const secretOf = (text = '') => new Secret(hex(text))

/** A vector's inputs, as this library takes them. */
function inputsOf({ setup }: Vector) {
  const psk: PreSharedKey | undefined =
    setup.psk === undefined ? undefined : { psk: secretOf(setup.psk), pskId: hex(setup.psk_id ?? '') }
  const suite = hpkeSuite(suiteX25519, aeadById[Number(setup.aead_id)]!)
  const parameters: HpkeParameters<typeof suite> = { suite, info: hex(setup.info), ...(psk && { psk }) }
  const draw: RandomSource = () => hex(setup.skEm)
  return { suite, parameters, draw, isDeniable: setup.skSm !== undefined }
}

/** RFC 9180 §7.1.3: every key of the vector comes from its key material. */
function checkKeys(backend: CryptoBackend, setup: Setup): void {
  for (const whose of ['E', 'R', 'S'] as const) {
    const [material, secret, publicKey] = [setup[`ikm${whose}`], setup[`sk${whose}m`], setup[`pk${whose}m`]]
    if (material === undefined || secret === undefined || publicKey === undefined) continue
    expect(kem.deriveSecret(backend, hex(material)).reveal()).to.deep.equal(hex(secret))
    expect(kem.publicKey(backend, secretOf(secret))).to.deep.equal(hex(publicKey))
  }
}

/** RFC 9180 §4.1: encapsulation and decapsulation, with the sender's key where the mode has one. */
function checkKem(backend: CryptoBackend, vector: Vector): void {
  const { setup } = vector
  const { draw, isDeniable } = inputsOf(vector)
  const [publicKey, secret, enc] = [hex(setup.pkRm), secretOf(setup.skRm), hex(setup.enc)]
  const made = isDeniable
    ? dhKemAuthEncapsulate(backend, publicKey, secretOf(setup.skSm), draw)
    : kem.encapsulate(backend, publicKey, draw)
  expect(made).to.deep.equal({ enc, sharedSecret: hex(setup.shared_secret) })
  const opened = isDeniable
    ? dhKemAuthDecapsulate(backend, secret, hex(setup.pkSm ?? ''), enc)
    : kem.decapsulate(backend, secret, enc)
  expect(opened).to.deep.equal(hex(setup.shared_secret))
}

/** RFC 9180 §5.1: every value of the key schedule. */
function checkKeySchedule(backend: CryptoBackend, vector: Vector): void {
  const { setup, encryptions, exports } = vector
  const { suite, parameters, isDeniable } = inputsOf(vector)
  const mode = isDeniable ? hpkeModes.auth : hpkeModes.base
  const scheduled = schedule(backend, parameters, mode, hex(setup.shared_secret))
  expect(scheduled.secret).to.deep.equal(hex(setup.secret))
  expect(scheduled.context).to.deep.equal(hex(setup.key_schedule_context))
  checkSchedule(backend, suite, scheduled, { ...setup, encryptions, exports })
}

function setUp(backend: CryptoBackend, vector: Vector): [HpkeSender, HpkeRecipient] {
  const { setup } = vector
  const { parameters, draw, isDeniable } = inputsOf(vector)
  const [publicKey, secret, enc] = [hex(setup.pkRm), secretOf(setup.skRm), hex(setup.enc)]
  if (!isDeniable)
    return [setupSender(backend, parameters, publicKey, draw)!, setupRecipient(backend, parameters, secret, enc)!]
  return [
    setupDeniableSender(backend, parameters, publicKey, secretOf(setup.skSm), draw)!,
    setupDeniableRecipient(backend, parameters, secret, hex(setup.pkSm ?? ''), enc)!,
  ]
}

describe('crypto/hpke: RFC 9180 appendix A, X25519', () => {
  const found = publicVectors<Vector[]>('hpke/rfc9180-x25519.json')

  for (const { name, backend } of vectorBackends)
    it(`holds for all 12 vectors on ${name}: keys, KEM, key schedule, encryptions, exports`, function () {
      const vectors = needed(this, found)
      const totals: VectorTotals = { encryptions: 0, exports: 0 }
      const seen = new Set<string>()
      for (const vector of vectors) {
        checkKeys(backend, vector.setup)
        checkKem(backend, vector)
        checkKeySchedule(backend, vector)
        const [sender, recipient] = setUp(backend, vector)
        expect(sender.enc).to.deep.equal(hex(vector.setup.enc))
        const { setup, encryptions, exports } = vector
        checkContexts(sender, recipient, { ...setup, encryptions, exports }, totals)
        seen.add(`${setup.mode}/${setup.aead_id}`)
      }
      // Four modes with each of AES-128-GCM, ChaCha20-Poly1305 and export-only; the RFC has none with AES-256-GCM.
      expect(vectors).to.have.length(12)
      expect(seen.size).to.equal(12)
      expect(totals).to.deep.equal({ encryptions: 48, exports: 36 })
      const { encryptions, exports } = totals
      printCount(`RFC 9180 X25519 on ${name}`, vectors.length, 12, [`${encryptions} encryptions, ${exports} exports`])
    })
})
