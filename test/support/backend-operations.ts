/**
 * Random operations that every crypto backend has to answer alike, byte for byte and refusal for refusal. A tenth of them
 * are of the curves and of ML-KEM, of which noble does a few hundred a second.
 */
import { toHex } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { hkdfExpand, hkdfExtract } from '../../src/crypto/hkdf.ts'
import { openBase, setupBaseSender } from '../../src/crypto/hpke.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What a backend gives: bytes, a verdict, or nothing. */
type Answer = Uint8Array | boolean | undefined

/** A call with its inputs drawn. What it makes with randomness of the backend's own, the others have to take. */
type Operation = (backend: CryptoBackend, others: readonly CryptoBackend[]) => Answer

/** A kind of operation. */
export interface OperationKind {
  readonly name: string
  /** Out of 1,000 operations, so many are of this kind. */
  readonly share: number
  /** @param maker makes what is needed beforehand, such as a signature to verify; the same from the same seed */
  draw(random: SeededRandom, maker: CryptoBackend): Operation
}

/** Mostly short, sometimes around a block, a few of them long. */
function text(random: SeededRandom): Uint8Array {
  const longest = random.pick([16, 64, 64, 200, 200, 1_100])
  return random.bytes(random.below(longest + 1))
}

/** Now and then of a wrong length. */
function sized(random: SeededRandom, length: number): Uint8Array {
  return random.bytes(random.below(40) === 0 ? random.below(2 * length + 2) : length)
}

/** Half of the time as it is; else with a bit flipped, or cut. */
function perhapsDamaged(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const what = random.below(4)
  if (what === 3) return bytes.slice(0, random.below(bytes.length + 1))
  const copy = Uint8Array.from(bytes)
  if (what === 2 && bytes.length > 0) copy[random.below(bytes.length)]! ^= 1 << random.below(8)
  return copy
}

function hash(name: 'sha256' | 'sha512' | 'sha3256' | 'keccak256', share: number): OperationKind {
  return {
    name,
    share,
    draw(random) {
      const data = text(random)
      return (backend) => backend[name](data)
    },
  }
}

type AeadName = 'aes128Gcm' | 'aes256Gcm' | 'chaCha20Poly1305'

function aead(name: AeadName, keyBytes: number, share: number): OperationKind[] {
  const inputs = (random: SeededRandom) =>
    [sized(random, keyBytes), sized(random, 12), text(random), text(random)] as const
  return [
    {
      name: `${name} seal`,
      share,
      draw(random) {
        const given = inputs(random)
        return (backend) => backend[`${name}Seal`](...given)
      },
    },
    {
      name: `${name} open`,
      share,
      draw(random, maker) {
        const [key, nonce, aad, plaintext] = inputs(random)
        const [damaged, rightKey, rightNonce] = [random.below(3), random.bytes(keyBytes), random.bytes(12)]
        const sealed = maker[`${name}Seal`](rightKey, rightNonce, aad, plaintext)
        const given = [aad, sealed].map((part, i) => (i === damaged ? perhapsDamaged(random, part) : part)) as [
          Uint8Array,
          Uint8Array,
        ]
        const isRight = random.below(10) > 0
        return (backend) =>
          isRight
            ? backend[`${name}Open`](rightKey, rightNonce, ...given)
            : backend[`${name}Open`](key, nonce, ...given)
      },
    },
  ]
}

const fast: readonly OperationKind[] = [
  hash('sha256', 100),
  hash('sha512', 80),
  hash('sha3256', 80),
  hash('keccak256', 80),
  {
    name: 'shake256',
    share: 60,
    draw(random) {
      const [data, length] = [text(random), 1 + random.below(300)]
      return (backend) => backend.shake256(data, length)
    },
  },
  {
    name: 'hmacSha256',
    share: 80,
    draw(random) {
      const [key, data] = [text(random), text(random)]
      return (backend) => backend.hmacSha256(key, data)
    },
  },
  {
    name: 'hkdfSha256',
    share: 60,
    draw(random) {
      const [salt, input, info, length] = [text(random), text(random), text(random), random.below(120)]
      return (backend) => hkdfExpand(backend, hkdfExtract(backend, salt, input), [info], length)
    },
  },
  ...aead('aes128Gcm', 16, 60),
  ...aead('aes256Gcm', 32, 60),
  ...aead('chaCha20Poly1305', 32, 60),
]

function ed25519Verify(random: SeededRandom, maker: CryptoBackend): Operation {
  const [seed, message] = [new Secret(random.bytes(32)), text(random)]
  const parts = [maker.ed25519PublicKey(seed), message, maker.ed25519Sign(seed, message)]
  const place = random.below(4)
  const given = parts.map((part, i) => (i === place ? perhapsDamaged(random, part) : part))
  return (backend) => backend.ed25519Verify(...(given as [Uint8Array, Uint8Array, Uint8Array]))
}

function x25519(random: SeededRandom, maker: CryptoBackend): Operation {
  const [secret, peer] = [new Secret(sized(random, 32)), new Secret(random.bytes(32))]
  const publicKey = random.below(4) > 0 ? maker.x25519PublicKey(peer) : sized(random, 32)
  return (backend) => backend.x25519(secret, publicKey)
}

function mlKemDecapsulation(random: SeededRandom, maker: CryptoBackend): Operation {
  const seed = new Secret(random.bytes(64))
  const made = maker.mlKem768Encapsulate(maker.mlKem768PublicKey(seed), random.bytes)
  const enc = perhapsDamaged(random, made?.enc ?? new Uint8Array(0))
  return (backend) => backend.mlKem768Decapsulate(seed, enc)
}

/** The one answer of all, or an error that fails the run. */
function agreed(answers: readonly Answer[]): Answer {
  const [first] = answers
  if (answers.some((answer) => spell(answer) !== spell(first))) throw new Error('the others do not agree')
  return first
}

/** Gives the answer when the others come to the same, and else fails the run. */
function repeatedBy(others: readonly CryptoBackend[], answer: Answer, repeat: (other: CryptoBackend) => Answer): true {
  agreed([answer, ...others.map(repeat)])
  return true
}

function mlKemEncapsulation(random: SeededRandom, maker: CryptoBackend): Operation {
  const [seed, drawn] = [new Secret(random.bytes(64)), random.fork()]
  const publicKey = maker.mlKem768PublicKey(seed)
  // A flipped bit gives another key, or one with a coefficient out of range.
  const given = perhapsDamaged(random, publicKey)
  const isHonest = spell(given) === spell(publicKey)
  return (backend, others) => {
    const made = backend.mlKem768Encapsulate(given, drawn().bytes)
    if (made === undefined || !isHonest) return made !== undefined
    return repeatedBy(others, made.sharedSecret, (other) => other.mlKem768Decapsulate(seed, made.enc))
  }
}

/** What one backend encapsulates, every other opens to the same. */
function encapsulation(suite: Suite): OperationKind['draw'] {
  const { publicKey, encapsulate, decapsulate } = kemOf(suite)
  return (random, maker) => {
    const [secret, drawn] = [new Secret(random.bytes(32)), random.fork()]
    const honest = publicKey(maker, secret)
    const given = perhapsDamaged(random, honest)
    const isHonest = spell(given) === spell(honest)
    return (backend, others) => {
      const made = encapsulate(backend, given, drawn().bytes)
      if (made === undefined || !isHonest) return made !== undefined
      return repeatedBy(others, made.sharedSecret, (other) => decapsulate(other, secret, made.enc))
    }
  }
}

function hpkeMessage(random: SeededRandom, maker: CryptoBackend): Operation {
  const suite = random.pick<Suite>([suiteXWing, suiteX25519])
  const [secret, info, aad, plaintext] = [new Secret(random.bytes(32)), text(random), text(random), text(random)]
  const [publicKey, drawn, spoil] = [kemOf(suite).publicKey(maker, secret), random.fork(), random.fork()]
  return (backend, others) => {
    const made = setupBaseSender(backend, suite, publicKey, info, drawn().bytes)
    const sealed = made?.seal(aad, plaintext)
    if (made === undefined || sealed === undefined) return undefined
    const given = perhapsDamaged(spoil(), sealed)
    const expected = spell(given) === spell(sealed) ? plaintext : undefined
    return repeatedBy(others, expected, (other) => openBase(other, suite, secret, made.enc, info, aad, given))
  }
}

function ofSecret(name: 'ed25519PublicKey' | 'x25519PublicKey' | 'mlKem768PublicKey', length: number): OperationKind {
  return {
    name,
    share: 8,
    draw(random) {
      const secret = new Secret(sized(random, length))
      return (backend) => backend[name](secret)
    },
  }
}

const slow: readonly OperationKind[] = [
  ofSecret('ed25519PublicKey', 32),
  ofSecret('x25519PublicKey', 32),
  ofSecret('mlKem768PublicKey', 64),
  {
    name: 'ed25519Sign',
    share: 12,
    draw(random) {
      const [seed, message] = [new Secret(sized(random, 32)), text(random)]
      return (backend) => backend.ed25519Sign(seed, message)
    },
  },
  { name: 'ed25519Verify', share: 14, draw: ed25519Verify },
  { name: 'x25519', share: 14, draw: x25519 },
  { name: 'mlKem768Encapsulate', share: 10, draw: mlKemEncapsulation },
  { name: 'mlKem768Decapsulate', share: 10, draw: mlKemDecapsulation },
  { name: 'X-Wing', share: 5, draw: encapsulation(suiteXWing) },
  { name: 'DHKEM(X25519)', share: 5, draw: encapsulation(suiteX25519) },
  { name: 'HPKE', share: 6, draw: hpkeMessage },
]

/** All kinds; their shares make 1,000. */
export const operationKinds: readonly OperationKind[] = [...fast, ...slow]

/** An answer as text, so that two can be held against each other. */
export function spell(answer: Answer): string {
  return answer instanceof Uint8Array ? toHex(answer) : String(answer)
}
