import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { expect } from 'chai'
import { encodeRlp, getBytes, hexlify, keccak256, toBeHex } from 'ethers'
import fc from 'fast-check'
import type { Hex } from '../../src/core/bytes.ts'
import { asAddress } from '../../src/core/ids.ts'
import {
  loadTrieLookUp,
  proveStorage,
  type StorageQuestion,
  type TrieLookUp,
} from '../../src/registry/storage-proof.ts'
import { caught } from './caught.ts'

const endpoint = 'http://127.0.0.1:1'
const contract = asAddress(`0x${'c0'.repeat(20)}`)
const codeHash = keccak256('0x600160015500')
const emptyCode = keccak256('0x')
const nobody = asAddress(`0x${'0e'.repeat(20)}`)

interface Slot {
  key: string
  value: string
  proof: string[]
}

interface Answer {
  address: string
  balance: string
  nonce: string
  codeHash: string
  storageHash: string
  accountProof: string[]
  storageProof: Slot[]
}

const slotAt = (place: number): Hex => keccak256(toBeHex(place, 32)) as Hex
const wordAt = (place: number): bigint => BigInt(keccak256(toBeHex(place + 1_000_000, 32))) >> BigInt((place % 8) * 32)
const rlpInteger = (value: bigint): string => encodeRlp(value === 0n ? '0x' : toBeHex(value))

async function trieOf(entries: readonly [string, string][]): Promise<MerklePatriciaTrie> {
  const trie = await createMPT({ useKeyHashing: true })
  for (const [key, value] of entries) await trie.put(getBytes(key), getBytes(value))
  return trie
}

const proofOf = async (trie: MerklePatriciaTrie, key: string) =>
  (await createMerkleProof(trie, getBytes(key))).map((node) => hexlify(node))

/** A state of many accounts, with a contract of `words` slots in it. */
async function stateOf(words: number, accounts: number) {
  const storage = await trieOf(Array.from({ length: words }, (_, place) => [slotAt(place), rlpInteger(wordAt(place))]))
  const account = (root: string, code: string) => encodeRlp(['0x01', '0x', root, code])
  const storageHash = hexlify(storage.root())
  const state = await trieOf([
    [contract, account(storageHash, codeHash)],
    [nobody, account(keccak256('0x80'), emptyCode)],
    ...Array.from({ length: accounts }, (_, place): [string, string] => [
      slotAt(place).slice(0, 42),
      account(keccak256('0x80'), emptyCode),
    ]),
  ])
  const block = { number: 7n, hash: slotAt(0), stateRoot: hexlify(state.root()) as Hex, timestamp: 1 }
  const answer = async (...slots: string[]): Promise<Answer> => ({
    address: contract,
    balance: '0x0',
    nonce: '0x1',
    codeHash,
    storageHash,
    accountProof: await proofOf(state, contract),
    storageProof: await Promise.all(
      slots.map(async (key) => {
        const place = Array.from({ length: words }, (_, index) => index).find((index) => slotAt(index) === key)
        const value = place === undefined ? '0x0' : `0x${wordAt(place).toString(16)}`
        return { key, value, proof: await proofOf(storage, key) }
      }),
    ),
  })
  return { block, answer, state }
}

/** All nodes of an answer, and a way to put others in their place. */
function nodesOf(answer: Answer): { list: string[]; part: string }[] {
  return [
    { list: answer.accountProof, part: 'account_proof' },
    ...answer.storageProof.map(({ proof }) => ({ list: proof, part: 'storage_proof' })),
  ]
}

describe('registry/storage-proof', () => {
  let lookUp: TrieLookUp
  let made: Awaited<ReturnType<typeof stateOf>>
  const present = slotAt(3)
  const absent = slotAt(9999)

  const prove = (raw: unknown, slots: readonly Hex[], change: Partial<StorageQuestion> = {}) =>
    proveStorage(lookUp, { endpoint, contract, slots, block: made.block, ...change }, raw)

  before(async () => {
    lookUp = await loadTrieLookUp()
    made = await stateOf(200, 100)
  })

  it('gives the words of slots that are set, and zero for those that are not', async () => {
    const slots = [present, absent, slotAt(199)]
    expect(await prove(await made.answer(...slots), slots)).to.deep.equal([wordAt(3), 0n, wordAt(199)])
  })

  it('gives the words of any slots of storages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 60 }),
        async (words, accounts, place) => {
          const { block, answer } = await stateOf(words, accounts)
          const word = place < words ? wordAt(place) : 0n
          expect(await prove(await answer(slotAt(place)), [slotAt(place)], { block })).to.deep.equal([word])
        },
      ),
      { numRuns: 40 },
    )
  })

  it('refuses a proof of which any bit of any node is flipped', async () => {
    const slots = [present, absent]
    const honest = await made.answer(...slots)
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(), async (whichList, whichNode, whichBit) => {
        const answer = structuredClone(honest)
        const lists = nodesOf(answer)
        const { list, part } = lists[whichList % lists.length]!
        const place = whichNode % list.length
        const node = getBytes(list[place]!)
        const bit = whichBit % (8 * node.length)
        node[bit >> 3]! ^= 1 << (bit & 7)
        list[place] = hexlify(node)
        const error = await caught(prove(answer, slots))
        expect(error.code).to.equal('registry.proof_invalid')
        expect(error.facts).to.deep.equal({ endpoint, blockNumber: 7, part })
      }),
      { numRuns: 1500 },
    )
  })

  for (const [what, slot] of [
    ['set', present],
    ['not set', absent],
  ] as const)
    it(`refuses a proof that lacks any node, for a slot that is ${what}, whatever value is claimed`, async () => {
      const honest = await made.answer(slot)
      const lists = nodesOf(honest).map(({ list, part }) => ({ nodes: list.length, part }))
      const cuts = lists.flatMap(({ nodes, part }, which) =>
        Array.from({ length: nodes }, (_, place) => ({ which, place, part })),
      )
      expect(cuts).to.have.length.greaterThan(3)
      for (const { which, place, part } of cuts) {
        const answer = structuredClone(honest)
        nodesOf(answer)[which]!.list.splice(place, 1)
        expect((await caught(prove(answer, [slot]))).facts).to.include({ part })
        answer.storageProof[0]!.value = '0x0'
        expect((await caught(prove(answer, [slot]))).facts).to.include({ part })
      }
    })

  it('refuses the proof of another slot, and of another account', async () => {
    const answer = await made.answer(slotAt(4))
    const [swapped] = answer.storageProof
    expect((await caught(prove(answer, [present]))).facts).to.include({ part: 'storage_key' })
    const renamed = { ...answer, storageProof: [{ ...swapped, key: present }] }
    expect((await caught(prove(renamed, [present]))).facts).to.include({ part: 'storage_proof' })
    const accountProof = await proofOf(made.state, nobody)
    expect((await caught(prove({ ...answer, accountProof }, [slotAt(4)]))).facts).to.include({ part: 'account_proof' })
  })

  it('refuses a value, root, code hash, nonce or balance that is claimed and not proven', async () => {
    const answer = await made.answer(present)
    for (const name of ['storageHash', 'codeHash', 'nonce', 'balance', 'address'] as const) {
      const error = await caught(prove({ ...answer, [name]: name === 'address' ? nobody : '0x12' }, [present]))
      expect(error.facts, name).to.include({ part: 'account_value' })
    }
    const storageProof = answer.storageProof.map((one) => ({ ...one, value: '0x1' }))
    expect((await caught(prove({ ...answer, storageProof }, [present]))).facts).to.include({ part: 'storage_value' })
  })

  it('takes keys and values with or without leading zeros, and letters of any case', async () => {
    const { block, answer } = await stateOf(2, 0)
    const raw = await answer(slotAt(1))
    const padded = { ...raw, address: `0x${raw.address.slice(2).toUpperCase()}`, nonce: '0x0001' }
    expect(await prove(padded, [slotAt(1)], { block })).to.deep.equal([wordAt(1)])
  })

  it('says nothing of words where it is proven that no contract stands', async () => {
    const answer = await made.answer(present)
    const empty = { ...answer, address: nobody, codeHash: emptyCode, storageHash: keccak256('0x80') }
    const accountProof = await proofOf(made.state, nobody)
    expect(await prove({ ...empty, accountProof }, [present], { contract: nobody })).to.equal(undefined)
    const absentee = asAddress(`0x${'0f'.repeat(20)}`)
    const exclusion = await proofOf(made.state, absentee)
    expect(await prove({ ...empty, accountProof: exclusion }, [present], { contract: absentee })).to.equal(undefined)
  })

  it('refuses what is no proof, before any of it is hashed', async () => {
    const answer = await made.answer(present)
    const [slot] = answer.storageProof
    const wrong: readonly unknown[] = [
      undefined,
      null,
      7,
      'proof',
      {},
      { ...answer, accountProof: undefined },
      { ...answer, accountProof: ['0xzz'] },
      { ...answer, accountProof: [7] },
      { ...answer, accountProof: Array(66).fill('0x00') },
      { ...answer, accountProof: [`0x${'00'.repeat(1025)}`] },
      { ...answer, storageProof: [] },
      { ...answer, storageProof: [slot, slot] },
      { ...answer, storageProof: [null] },
      { ...answer, storageProof: [{ ...slot, value: '0x' }] },
      { ...answer, storageProof: [{ ...slot, key: 7 }] },
      { ...answer, storageProof: [{ ...slot, proof: 'x' }] },
      { ...answer, nonce: '0x' },
      { ...answer, balance: null },
      { ...answer, codeHash: `0x${'00'.repeat(33)}` },
    ]
    for (const raw of wrong) {
      const error = await caught(prove(raw, [present]))
      expect([error.code, error.facts]).to.deep.equal([
        'registry.malformed_answer',
        { endpoint, method: 'eth_getProof' },
      ])
    }
  })
})
