import { expect } from 'chai'
import fc from 'fast-check'
import { toBase64, toHex, utf8 } from '../../src/core/bytes.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import type { Address, ConversationId, MessageId } from '../../src/core/ids.ts'
import { maxBodyBytes, maxProofBytes } from '../../src/core/limits.ts'
import { asProof, decodeProof, encodeProof, type Proof } from '../../src/wire/proof.ts'

const seed = 0x70726f6f
const bytes = (length: number, fill: number) => toHex(new Uint8Array(length).fill(fill))

const full: Proof = {
  herald: 'proof',
  version: 1,
  chainId: 31337,
  registry: bytes(20, 1) as Address,
  sender: bytes(20, 2) as Address,
  card: bytes(166, 3),
  statement: bytes(132, 4),
  signature: bytes(64, 5),
  content: { part: bytes(64, 6), kind: 'request', contentType: 'text/plain; x="a\\b"', body: toBase64(utf8('hello')) },
  binding: {
    part: bytes(64, 7),
    header: bytes(125, 8),
    recipient: { chainId: 1, registry: bytes(20, 9) as Address, address: bytes(20, 10) as Address },
    conversation: bytes(16, 11) as ConversationId,
    expires: 1_800_000_000_000,
    inReplyTo: bytes(16, 12) as MessageId,
  },
  anchor: {
    part: bytes(64, 13),
    contract: bytes(20, 14) as Address,
    anchorer: bytes(20, 15) as Address,
    root: bytes(32, 16),
    size: 3,
    index: 2,
    path: [bytes(32, 17), bytes(32, 18)],
    transaction: bytes(32, 19),
  },
}

/** The error's code with the field it names, or what else came out. */
function refusal(call: () => unknown): string {
  try {
    call()
    return 'taken'
  } catch (error) {
    if (!isHeraldError(error)) return `raw ${String(error)}`
    return `${error.code} ${(error.facts as { field?: string }).field ?? ''}`.trim()
  }
}

const read = (value: unknown) => refusal(() => decodeProof(JSON.stringify(value)))

type Path = readonly string[]

/** Every field of an object and of the objects in it. */
function fieldPaths(value: object, path: Path = []): Path[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = [...path, name]
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    return [here, ...(isObject ? fieldPaths(inner, here) : [])]
  })
}

/** A copy with one field changed by what is done to its owner. */
function edited(path: Path, edit: (owner: Record<string, unknown>, name: string) => void): unknown {
  const copy = structuredClone(full) as unknown as Record<string, unknown>
  const owner = path.slice(0, -1).reduce((inner, name) => inner[name] as Record<string, unknown>, copy)
  edit(owner, path.at(-1)!)
  return copy
}

function withValue(path: Path, value: unknown): unknown {
  return edited(path, (owner, name) => {
    owner[name] = value
  })
}

function valueAt(path: Path): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], full)
}

describe('wire/proof', () => {
  describe('encodeProof', () => {
    it('writes two-space JSON with the fields in the order of SPEC §6.3, whatever order they came in', () => {
      const text = encodeProof(Object.fromEntries(Object.entries(full).reverse()) as unknown as Proof)
      expect(text).to.equal(`${JSON.stringify(full, undefined, 2)}\n`)
      expect(text.startsWith('{\n  "herald": "proof",\n  "version": 1,\n')).to.equal(true)
    })

    it('refuses what could not be read back', () => {
      expect(refusal(() => encodeProof({ ...full, statement: '0x00' }))).to.equal('wire.malformed_field statement')
    })
  })

  describe('decodeProof', () => {
    it('reads back what was written, as text and as bytes', () => {
      for (const proof of [full, { ...full, content: null }, { ...full, binding: null, anchor: null }]) {
        expect(decodeProof(encodeProof(proof))).to.deep.equal(proof)
        expect(decodeProof(utf8(encodeProof(proof)))).to.deep.equal(proof)
      }
    })

    it('takes other white space and another order of fields', () => {
      const reversed = Object.fromEntries(Object.entries(full).reverse())
      expect(decodeProof(` \t\r\n${JSON.stringify(reversed, undefined, '\t')}\n\n`)).to.deep.equal(full)
      expect(decodeProof(JSON.stringify(full))).to.deep.equal(full)
    })

    it('takes null for what is not revealed and for an erased anchor part', () => {
      const erased = { ...full, content: null, binding: null, anchor: { ...full.anchor, part: null } }
      expect(read(erased)).to.equal('taken')
      expect(read({ ...full, binding: { ...full.binding, inReplyTo: null } })).to.equal('taken')
    })

    it('refuses a parent of zeros, which would be another spelling of none', () => {
      const inReplyTo = `0x${'00'.repeat(16)}`
      expect(read({ ...full, binding: { ...full.binding, inReplyTo } })).to.equal(
        'wire.malformed_field binding.inReplyTo',
      )
    })

    it('refuses every missing field by its name', () => {
      for (const path of fieldPaths(full)) {
        const value = edited(path, (owner, name) => delete owner[name])
        expect(read(value)).to.equal(`wire.malformed_field ${path.join('.')}`)
      }
    })

    it('refuses an unknown field by its name, wherever it stands', () => {
      for (const path of [
        ['note'],
        ['content', 'note'],
        ['binding', 'note'],
        ['binding', 'recipient', 'note'],
        ['anchor', 'note'],
      ]) {
        expect(read(withValue(path, 1))).to.equal(`wire.malformed_field ${path.join('.')}`)
      }
      expect(refusal(() => decodeProof(`{"__proto__":{},${JSON.stringify(full).slice(1)}`))).to.equal(
        'wire.malformed_field __proto__',
      )
    })

    it('does not repeat an unknown name that could steer a terminal', () => {
      expect(read({ ...full, '\u001b[31m': 1 })).to.equal('wire.malformed_field a field of unusual name')
    })

    it('refuses a value of another type in every field by its name', () => {
      const wrong: unknown[] = [true, -1, 0.5, 'x', '0x', [], [1], {}, { part: 1 }]
      // Bytes of any length may be none, a path may be empty, and a content type is any printable text.
      const right: Readonly<Record<string, unknown[]>> = {
        card: ['0x'],
        header: ['0x'],
        path: [[]],
        contentType: ['x', '0x'],
      }
      const cases = fieldPaths(full).flatMap((path) => wrong.map((value) => ({ path, value })))
      for (const { path, value } of cases) {
        const isRight = right[path.at(-1)!]?.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value))
        const answer = read(withValue(path, value))
        if (isRight) expect(answer).to.equal('taken')
        else expect(answer).to.match(new RegExp(`^wire\\.malformed_field ${path.join('\\.')}`))
      }
    })

    it('refuses hexadecimal of another length, case or alphabet by its name', () => {
      const lengths = (hex: string) => [`${hex}00`, hex.slice(0, -2)]
      const spellings = (hex: string) => [
        hex.slice(0, -1),
        hex.slice(2),
        `${hex.slice(0, -2)}AB`,
        `${hex.slice(0, -1)}g`,
      ]
      const cases = fieldPaths(full)
        .map((path) => ({ path, hex: valueAt(path) }))
        .filter(
          (field): field is { path: Path; hex: string } => typeof field.hex === 'string' && field.hex.startsWith('0x'),
        )
      expect(cases).to.have.length(17)
      for (const { path, hex } of cases) {
        const isAnyLength = ['card', 'header'].includes(path.at(-1)!)
        for (const wrong of [...spellings(hex), ...(isAnyLength ? [] : lengths(hex))])
          expect(read(withValue(path, wrong))).to.equal(`wire.malformed_field ${path.join('.')}`)
      }
    })

    it('refuses numbers and lists out of bounds by their name', () => {
      const withAnchor = (change: object) => read({ ...full, anchor: { ...full.anchor, ...change } })
      expect(read({ ...full, chainId: 0 })).to.equal('wire.malformed_field chainId')
      expect(read({ ...full, chainId: 2 ** 53 })).to.equal('wire.malformed_field chainId')
      expect(withAnchor({ size: 0 })).to.equal('wire.malformed_field anchor.size')
      expect(withAnchor({ size: 1_048_577 })).to.equal('wire.malformed_field anchor.size')
      expect(withAnchor({ index: 1_048_576 })).to.equal('wire.malformed_field anchor.index')
      expect(withAnchor({ path: new Array(21).fill(bytes(32, 1)) })).to.equal('wire.malformed_field anchor.path')
      expect(withAnchor({ path: [bytes(31, 1)] })).to.equal('wire.malformed_field anchor.path')
    })

    it('refuses bodies, cards and headers above their limits', () => {
      const withBody = (length: number) =>
        read({ ...full, content: { ...full.content, body: toBase64(new Uint8Array(length)) } })
      expect(withBody(maxBodyBytes)).to.equal('taken')
      for (const more of [1, 2, 3, 4]) expect(withBody(maxBodyBytes + more)).to.equal('wire.too_large')
      expect(read({ ...full, card: bytes(4097, 1) })).to.equal('wire.too_large')
      expect(read({ ...full, binding: { ...full.binding, header: bytes(2049, 1) } })).to.equal('wire.too_large')
    })

    it('refuses base64 in another than its one spelling', () => {
      for (const body of ['aGVsbG8', 'aGVsbG9=', 'aGVs bG8=', 'aGVsbG8=\n', 'aGVsbG8_', '='])
        expect(read({ ...full, content: { ...full.content, body } })).to.equal('wire.malformed_field content.body')
    })

    it('refuses another version as that, whatever its fields', () => {
      expect(read({ herald: 'proof', version: 2 })).to.equal('wire.unknown_version')
      expect(read({ ...full, herald: 'card' })).to.equal('wire.malformed_field herald')
    })

    it('refuses what is not JSON, or no object', () => {
      for (const text of ['', 'proof', '{', '\ufeff{}', `${encodeProof(full)}x`, `{"herald":'proof'}`])
        expect(refusal(() => decodeProof(text))).to.equal('wire.malformed_field encoding')
      for (const value of [null, 1, 'proof', [], [full]])
        expect(read(value)).to.equal('wire.malformed_field outermost value')
      expect(refusal(() => decodeProof(Uint8Array.of(0xff, 0xfe)))).to.equal('wire.malformed_field encoding')
    })

    it('refuses a file cut off anywhere', () => {
      const text = encodeProof(full).trimEnd()
      for (let length = 0; length < text.length; length++)
        expect(refusal(() => decodeProof(text.slice(0, length)))).to.equal('wire.malformed_field encoding')
    })

    it('refuses a field given twice, of which two readers might each take another', () => {
      const text = encodeProof(full)
      const twice = text.replace('"chainId"', '"chainId": 1,\n  "chainId"')
      expect(refusal(() => decodeProof(twice))).to.equal('wire.malformed_field encoding')
      const within = text.replace('"size"', '"size": 3, "size"')
      expect(refusal(() => decodeProof(within))).to.equal('wire.malformed_field encoding')
      const escaped = text.replace('"chainId"', '"chain\\u0049d": 1,\n  "chainId"')
      expect(refusal(() => decodeProof(escaped))).to.equal('wire.malformed_field encoding')
    })

    it('refuses another spelling of the same value', () => {
      const text = encodeProof(full)
      for (const [from, to] of [
        ['31337', '3.1337e4'],
        ['31337', '31337.0'],
        ['"proof"', '"\\u0070roof"'],
        ['text/plain', 'text\\/plain'],
      ] as const)
        expect(refusal(() => decodeProof(text.replace(from, to)))).to.equal('wire.malformed_field encoding')
    })

    it('refuses a file above its limit before it looks into it', () => {
      const spaces = ' '.repeat(maxProofBytes)
      expect(refusal(() => decodeProof(spaces))).to.equal('wire.malformed_field encoding')
      expect(refusal(() => decodeProof(`${spaces} `))).to.equal('wire.too_large')
      expect(refusal(() => decodeProof(new Uint8Array(maxProofBytes + 1)))).to.equal('wire.too_large')
      expect(refusal(() => decodeProof('\u00e9'.repeat(maxProofBytes / 2 + 1)))).to.equal('wire.too_large')
    })

    it('reads the largest file with the largest body', () => {
      const content = { ...full.content!, body: toBase64(new Uint8Array(maxBodyBytes)) }
      const text = encodeProof({ ...full, content })
      expect(refusal(() => decodeProof(text + ' '.repeat(maxProofBytes - text.length)))).to.equal('taken')
    })

    it('throws nothing raw for any JSON and any damage', () => {
      fc.assert(
        fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
          expect(read(value)).to.match(/^wire\./)
          expect(refusal(() => asProof(value))).to.match(/^wire\./)
        }),
        { seed, numRuns: 500 },
      )
      const text = utf8(encodeProof(full))
      fc.assert(
        fc.property(fc.nat(text.length - 1), fc.nat(255), (at, byte) => {
          const damaged = Uint8Array.from(text)
          damaged[at] = byte
          expect(refusal(() => decodeProof(damaged))).to.match(/^(taken$|wire\.)/)
        }),
        { seed, numRuns: 3000 },
      )
    })
  })

  describe('asProof', () => {
    it('takes what JSON.parse made of a file', () => {
      expect(asProof(JSON.parse(encodeProof(full)))).to.deep.equal(full)
    })

    it('refuses nothing, and things that are no JSON', () => {
      for (const value of [undefined, null, Symbol('x'), () => 1, new Map(), { ...full, chainId: 1n }])
        expect(refusal(() => asProof(value))).to.match(/^wire\.malformed_field/)
    })
  })
})
