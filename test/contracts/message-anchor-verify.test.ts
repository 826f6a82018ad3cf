/** The Merkle code in TypeScript against the one in Solidity, over every tree of up to 130 leaves (RFC 9162 §2.1.3.2). */

import { expect } from 'chai'
import { getBytes, hexlify, keccak256, toUtf8Bytes } from 'ethers'
import hre from 'hardhat'
import { merkleTree, rootFromPath } from '../../src/anchor/merkle.ts'
import type { InclusionPath, MerkleTree } from '../../src/core/merkle-tree.ts'
import { deployAnchor, ethers, loadFixture, type MessageAnchor } from './support/deploy.ts'
import { callMany, placeCode } from './support/wallets.ts'

// Instrumented code takes several times as long, and smaller trees take every branch of it; a rollup runs the same code.
const maxSize = hre.globalOptions.coverage || hre.globalOptions.network === 'op' ? 20 : 130

const leaves = Array.from({ length: maxSize }, (_, index) => getBytes(keccak256(toUtf8Bytes(`leaf ${index}`))))

/** Every tree stored by one account; by another under a size one too small, by a third one too large. */
async function withTrees() {
  const deployed = await loadFixture(deployAnchor)
  const [exact, smaller, larger] = await ethers.getSigners()
  if (exact === undefined || smaller === undefined || larger === undefined) throw new Error('too few accounts')
  const trees = Array.from({ length: maxSize }, (_, i) => merkleTree(leaves.slice(0, i + 1)))
  for (const [i, { root }] of trees.entries()) {
    await deployed.anchor.connect(exact).anchorStored(hexlify(root), i + 1)
    await deployed.anchor.connect(larger).anchorStored(hexlify(root), i + 2)
    if (i > 0) await deployed.anchor.connect(smaller).anchorStored(hexlify(root), i)
  }
  const many = await placeCode(callMany)
  return { ...deployed, many, trees, exact, smaller, larger }
}

/** Flips the bit of that number, counted over the bytes in turn. */
function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice()
  const place = (bit >> 3) % bytes.length
  flipped[place] = (flipped[place] as number) ^ (1 << (bit & 7))
  return flipped
}

function word(value: number): string {
  return value.toString(16).padStart(64, '0')
}

/** A leaf of a tree, with its path. */
interface Place extends InclusionPath {
  readonly root: Uint8Array
}

/** A contract, and one that hands it many questions. */
interface Asked {
  readonly anchor: MessageAnchor
  /** Where `callMany` is. */
  readonly many: string
}

/** A question as `callMany` takes it, written out here: ethers takes five times as long, for tens of thousands of them. */
function question(anchor: MessageAnchor, anchorer: string, { root, leaf, index, size, path }: Place): string {
  const selector = anchor.interface.getFunction('verify')?.selector ?? ''
  const hashes = [root, leaf, ...path].map((hash) => Buffer.from(hash).toString('hex'))
  const [rootWord = '', leafWord = '', ...pathWords] = hashes
  const head = [anchorer.slice(2).padStart(64, '0'), rootWord, word(size), word(index), leafWord, word(6 * 32)]
  const data = selector.slice(2) + [...head, word(path.length), ...pathWords].join('')
  return word(data.length / 2) + data
}

const [no, yes] = [0, 1].map((value) => `0x${word(value)}`)

/** What the contract answers for each place, asked for 500 of them at a time. */
async function answers(asked: Asked, anchorer: string, places: readonly Place[]): Promise<boolean[]> {
  const given: boolean[] = []
  for (let from = 0; from < places.length; from += 500) {
    const questions = places.slice(from, from + 500).map((place) => question(asked.anchor, anchorer, place))
    const data = `0x${[String(asked.anchor.target).slice(2).padStart(64, '0'), ...questions].join('')}`
    const words = getBytes(await ethers.provider.send('eth_call', [{ to: asked.many, data }, 'latest']))
    expect(words).to.have.length(32 * questions.length)
    for (let at = 0; at < words.length; at += 32) {
      const answer = hexlify(words.subarray(at, at + 32))
      expect(answer).to.be.oneOf([no, yes])
      given.push(answer === yes)
    }
  }
  return given
}

/** What TypeScript says about the same. */
function expected(root: Uint8Array, inclusion: InclusionPath): boolean {
  const led = rootFromPath(inclusion)
  return led !== undefined && hexlify(led) === hexlify(root)
}

/** Every leaf of every tree. */
function everyPlace(trees: readonly MerkleTree[]): Place[] {
  return trees.flatMap(({ root, path }, i) =>
    leaves.slice(0, i + 1).map((leaf, index) => ({ root, leaf, index, size: i + 1, path: path(index) })),
  )
}

/** Every leaf of every tree of up to 66 leaves: past a full tree of six levels. */
const someTrees = (trees: readonly MerkleTree[]) => everyPlace(trees.slice(0, 66))

/** How often the contract and TypeScript answered yes, to the same question; fails where the two differ. */
async function countYes(asked: Asked, anchorer: string, places: readonly Place[]): Promise<number> {
  const given = await answers(asked, anchorer, places)
  for (const [i, { root, ...inclusion }] of places.entries())
    if (given[i] !== expected(root, inclusion))
      expect.fail(`they differ on leaf ${inclusion.index} of ${inclusion.size}`)
  return given.filter((yes) => yes).length
}

/** Every other index of a small tree, and two beyond it; neighbours in a large one. */
function wrongIndices(place: Place): Place[] {
  const { index, size } = place
  const others = size <= 16 ? Array.from({ length: size + 2 }, (_, other) => other) : [index + 1, (index ^ 2) % size]
  return others.filter((other) => other !== index).map((other) => ({ ...place, index: other }))
}

/** One with a bit of the leaf flipped, and one with a bit of the path, each hash and each bit in turn. */
function damaged(place: Place): Place[] {
  const { index, size, leaf, path } = place
  const bit = 37 * size + 101 * index
  const inLeaf = { ...place, leaf: flip(leaf, bit) }
  if (path.length === 0) return [inLeaf]
  const step = (size + index) % path.length
  return [inLeaf, { ...place, path: path.map((hash, at) => (at === step ? flip(hash, bit) : hash)) }]
}

function misshapen(place: Place): Place[] {
  const { root, path } = place
  const paths = [[...path, root]]
  if (path.length > 0) paths.push(path.slice(1), path.slice(0, -1))
  if (path.length > 1) paths.push([...path].reverse())
  return paths.map((wrong) => ({ ...place, path: wrong }))
}

describe('MessageAnchor', () => {
  describe('verify', () => {
    const root = keccak256(toUtf8Bytes('one leaf'))

    it('proves a tree of one leaf, which is its own root', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 1)
      expect(await anchor.verify(anchorer.address, root, 1, 0, root, [])).to.equal(true)
    })

    it('proves nothing of a tree that was anchored without storing it', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchor(root, 1)
      expect(await anchor.verify(anchorer.address, root, 1, 0, root, [])).to.equal(false)
      expect(await anchor.verify(anchorer.address, root, 0, 0, root, [])).to.equal(false)
    })

    it('proves nothing under the name of another', async () => {
      const { anchor, other } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 1)
      expect(await anchor.verify(other.address, root, 1, 0, root, [])).to.equal(false)
    })

    it('proves nothing beyond the last leaf, however large index and size', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      const most = 2n ** 64n - 1n
      await anchor.anchorStored(root, most)
      for (const index of [0n, 1n, most - 1n, most])
        expect(await anchor.verify(anchorer.address, root, most, index, root, [])).to.equal(false)
      const path = Array.from({ length: 300 }, () => root)
      expect(await anchor.verify(anchorer.address, root, most, 0, root, path)).to.equal(false)
    })
  })

  describe('verify, against src/anchor/merkle', function everyTree() {
    // Tens of thousands of calls each, on a machine that may be busy.
    this.timeout(600_000)

    it(`proves every leaf of every tree of 1 to ${maxSize} leaves`, async () => {
      const { trees, exact, ...asked } = await loadFixture(withTrees)
      const places = everyPlace(trees)
      expect(places).to.have.length((maxSize * (maxSize + 1)) / 2)
      expect(await countYes(asked, exact.address, places)).to.equal(places.length)
    })

    it('proves no leaf at another place', async () => {
      const { trees, exact, ...asked } = await loadFixture(withTrees)
      expect(await countYes(asked, exact.address, everyPlace(trees).flatMap(wrongIndices))).to.equal(0)
    })

    it('proves nothing with a bit flipped in the leaf, or in the path', async () => {
      const { trees, exact, ...asked } = await loadFixture(withTrees)
      expect(await countYes(asked, exact.address, someTrees(trees).flatMap(damaged))).to.equal(0)
    })

    it('proves nothing by a path that is too short, too long or in another order', async () => {
      const { trees, exact, ...asked } = await loadFixture(withTrees)
      expect(await countYes(asked, exact.address, someTrees(trees).flatMap(misshapen))).to.equal(0)
    })

    it('proves nothing under another size than the one stored', async () => {
      const { trees, exact, smaller, larger, ...asked } = await loadFixture(withTrees)
      const places = everyPlace(trees)
      const oneMore = places.map((place) => ({ ...place, size: place.size + 1 }))
      expect(await answers(asked, exact.address, oneMore)).not.to.include(true)
      expect(await answers(asked, smaller.address, places)).not.to.include(true)
      expect(await answers(asked, larger.address, places)).not.to.include(true)
    })

    it('agrees with TypeScript on what a tree stored under a wrong size proves', async () => {
      const { trees, smaller, larger, ...asked } = await loadFixture(withTrees)
      const places = everyPlace(trees)
      const small = places.filter(({ size }) => size > 1).map((place) => ({ ...place, size: place.size - 1 }))
      const large = places.map((place) => ({ ...place, size: place.size + 1 }))
      await countYes(asked, smaller.address, small)
      await countYes(asked, larger.address, large)
    })

    it('proves nothing by a node in place of a leaf', async () => {
      const { trees, exact, ...asked } = await loadFixture(withTrees)
      const four = trees[3]
      const two = trees[1]
      if (four === undefined || two === undefined) throw new Error('no trees')
      const { root } = four
      const nodes = [1, 2, 3, 4].map((size) => ({ root, leaf: two.root, index: 0, size, path: four.path(0).slice(1) }))
      const itself = { root, leaf: root, index: 0, size: 1, path: [] }
      expect(await answers(asked, exact.address, [...nodes, itself])).to.deep.equal(Array(5).fill(false))
    })
  })
})
