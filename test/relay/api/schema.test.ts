import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import fc from 'fast-check'
import * as fields from '../../../src/relay/api/fields.ts'
import {
  base64,
  boolean,
  integer,
  list,
  object,
  oneOf,
  type Schema,
  withDefault,
} from '../../../src/relay/api/schema.ts'
import { settingsSchema } from '../../../src/relay/mailbox-settings.ts'

const ajv = new Ajv2020({ strict: true, strictRequired: false, strictSchema: false })

/** Values near what schemas ask for: right ones, and right ones with something wrong about them. */
const strings = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.stringMatching(/^[A-Za-z0-9+/]{2,12}={0,2}$/),
  fc.stringMatching(/^0x[0-9a-fA-F]{64}$/),
  fc.stringMatching(/^0x[0-9a-f]{40}$/),
  fc.stringMatching(/^0x[0-9a-f]{64}$/),
  fc.stringMatching(/^eip155:[0-9]{1,17}:0x[0-9a-fA-F]{40}$/),
  fc.constantFrom('open', 'registered', 'contacts', 'a.b-c_9', '', 'x'.repeat(65), 'AA==', 'AB==', 'AAA=', 'AAB='),
)
const numbers = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(-1, 0, 1, 0.5, 256, 257, 600_000, 600_001, 2 ** 53 - 1, 2 ** 53, 1e300),
)
const scalars = fc.oneof(strings, numbers, fc.boolean(), fc.constant(null))
const names = ['write', 'writers', 'stampBits', 'retentionMillis', 'name', 'count', 'toString', '__proto__', 'x y']
const values = fc.oneof(
  scalars,
  fc.array(scalars, { maxLength: 5 }),
  fc.record({ name: strings, count: numbers }, { requiredKeys: [] }),
  fc.record(
    { name: fc.constantFrom('a', 'b.c', ''), count: fc.integer({ min: -1, max: 11 }) },
    { requiredKeys: ['name'] },
  ),
  fc.dictionary(fc.constantFrom(...names), fc.oneof(scalars, fc.array(scalars, { maxLength: 3 })), { maxKeys: 4 }),
)

const schemas: Readonly<Record<string, Schema<unknown>>> = {
  account: fields.account,
  address: fields.address,
  cardId: fields.cardId,
  seq: fields.seq,
  seqs: fields.seqs,
  millis: fields.millis,
  consumer: fields.consumer,
  leaseMillis: fields.leaseMillis,
  writeToken: fields.writeToken,
  stamp: fields.stamp,
  settings: settingsSchema,
  boolean,
  base64: base64(12),
  word: oneOf(['open', 'registered']),
  integers: list(integer(0, 300), 0, 3),
  object: object({ name: fields.consumer, count: withDefault(integer(0, 9), 3) }),
}

describe('relay/api/schema', () => {
  describe('read', () => {
    for (const [name, schema] of Object.entries(schemas))
      it(`takes for ${name} what its JSON Schema takes, by another validator, and nothing else`, () => {
        const isValid = ajv.compile(schema.json)
        let taken = 0
        fc.assert(
          fc.property(values, (value) => {
            const read = schema.read(value)
            if (read !== undefined) taken += 1
            expect(read !== undefined, JSON.stringify(value)).to.equal(isValid(value))
          }),
          { seed: 5, numRuns: 3000 },
        )
        expect(taken).to.be.greaterThan(0)
      })
  })

  describe('parse', () => {
    const schema = object({ name: fields.consumer, count: withDefault(integer(0, 9), 3) })

    it('gives what was read, with defaults for what was left out', () => {
      expect(schema.parse({ name: 'a' })).to.deep.equal({ name: 'a', count: 3 })
      expect(schema.parse({ name: 'a', count: 9 })).to.deep.equal({ name: 'a', count: 9 })
    })

    it('names the field that is wrong, missing or too many, and never repeats a value', () => {
      const wrong: readonly [unknown, string][] = [
        [{}, 'name'],
        [{ name: 'secret value' }, 'name'],
        [{ name: 'a', count: 10 }, 'count'],
        [{ name: 'a', other: 'secret' }, 'other'],
        [{ name: 'a', 'secret value': 1 }, 'a field of unusual name'],
        [JSON.parse('{"name":"a","__proto__":{"count":1}}'), '__proto__'],
        [[], 'body'],
        [null, 'body'],
        ['secret', 'body'],
      ]
      for (const [value, field] of wrong) {
        try {
          schema.parse(value)
          expect.fail(`${JSON.stringify(value)} was taken`)
        } catch (error) {
          const { code, facts, message } = error as { code: string; facts: object; message: string }
          expect(code).to.equal('relay.malformed_request')
          expect(facts).to.include({ field })
          expect(message).not.to.include('secret')
        }
      }
    })
  })
})
