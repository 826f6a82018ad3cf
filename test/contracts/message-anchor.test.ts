import { expect } from 'chai'
import { type EventLog, keccak256, toBeHex, toUtf8Bytes, ZeroHash } from 'ethers'
import { at, deployAnchor, ethers, loadFixture, mined, start } from './support/deploy.ts'

const root = keccak256(toUtf8Bytes('root'))
describe('MessageAnchor', () => {
  describe('anchor', () => {
    it('logs the caller, the root and the size', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await expect(anchor.anchor(root, 1000)).to.emit(anchor, 'Anchored').withArgs(anchorer.address, root, 1000)
    })

    it('logs one event, with the caller as its only indexed value', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      const { logs } = await mined(anchor.anchor(root, 1))
      expect(logs.map(({ topics }) => topics.length)).to.deep.equal([2])
    })

    it('takes the largest size', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      const largest = 2n ** 64n - 1n
      await expect(anchor.anchor(root, largest)).to.emit(anchor, 'Anchored').withArgs(anchorer.address, root, largest)
    })

    it('takes the same root again, from anyone', async () => {
      const { anchor, anchorer, other } = await loadFixture(deployAnchor)
      await expect(anchor.anchor(root, 7)).to.emit(anchor, 'Anchored').withArgs(anchorer.address, root, 7)
      await expect(anchor.anchor(root, 7)).to.emit(anchor, 'Anchored').withArgs(anchorer.address, root, 7)
      await expect(anchor.connect(other).anchor(root, 7)).to.emit(anchor, 'Anchored').withArgs(other.address, root, 7)
    })

    it('stores nothing', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      const { hash } = await mined(anchor.anchor(root, 7))
      const { structLogs } = await ethers.provider.send('debug_traceTransaction', [hash, {}])
      const storageOps = structLogs.filter(({ op }: { op: string }) => /^[ST](STORE|LOAD)$/.test(op))
      expect(storageOps).to.deep.equal([])
    })

    it('refuses an empty tree', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await expect(anchor.anchor(root, 0))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorEmptyTree')
        .withArgs(root)
    })

    it('refuses a zero root', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await expect(anchor.anchor(ZeroHash, 5))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorZeroRoot')
        .withArgs(5)
    })
  })
  describe('anchorMany', () => {
    it('logs each tree in order, duplicates too, and stores nothing', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      const trees = [
        { root, size: 1 },
        { root: keccak256(root), size: 1000 },
        { root, size: 1 },
      ]
      await anchor.anchorMany(trees)
      const logs = (await anchor.queryFilter('Anchored')) as EventLog[]
      expect(logs.map(({ args }) => ({ root: args['root'], size: Number(args['size']) }))).to.deep.equal(trees)
      expect(new Set(logs.map(({ args }) => args['anchorer']))).to.deep.equal(new Set([anchorer.address]))
      expect((await anchor.storedAnchor(anchorer.address, root)).anchoredAt).to.equal(0n)
    })

    it('takes no trees at all', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      expect((await mined(anchor.anchorMany([]))).logs).to.deep.equal([])
    })

    it('refuses the whole for one bad tree', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await expect(
        anchor.anchorMany([
          { root, size: 1 },
          { root, size: 0 },
        ]),
      )
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorEmptyTree')
        .withArgs(root)
      await expect(
        anchor.anchorMany([
          { root, size: 1 },
          { root: ZeroHash, size: 5 },
        ]),
      )
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorZeroRoot')
        .withArgs(5)
      expect(await anchor.queryFilter('Anchored')).to.deep.equal([])
    })
  })

  describe('anchorStored', () => {
    it('logs like anchor, and stores time and size under the caller', async () => {
      const { anchor, anchorer, other } = await loadFixture(deployAnchor)
      await at(100)
      await expect(anchor.anchorStored(root, 7)).to.emit(anchor, 'Anchored').withArgs(anchorer.address, root, 7)
      const { anchoredAt, size } = await anchor.storedAnchor(anchorer.address, root)
      expect([anchoredAt, size]).to.deep.equal([BigInt(start + 100), 7n])
      expect((await anchor.storedAnchor(other.address, root)).anchoredAt).to.equal(0n)
    })

    it('skips a duplicate: no revert, no event, the first time stays', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await at(100)
      await anchor.anchorStored(root, 7)
      await at(200)
      expect((await mined(anchor.anchorStored(root, 7))).logs).to.deep.equal([])
      expect((await anchor.storedAnchor(anchorer.address, root)).anchoredAt).to.equal(BigInt(start + 100))
    })

    it('returns the time that is stored, the first for a duplicate', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await at(100)
      expect(await anchor.anchorStored.staticCall(root, 7)).to.be.a('bigint')
      await anchor.anchorStored(root, 7)
      await at(200)
      await anchor.anchor(root, 7)
      expect(await anchor.anchorStored.staticCall(root, 7)).to.equal(BigInt(start + 100))
    })

    it('cannot be spoilt by a stranger who comes first', async () => {
      const { anchor, anchorer, other } = await loadFixture(deployAnchor)
      await at(100)
      await anchor.connect(other).anchorStored(root, 99)
      await at(200)
      await anchor.anchorStored(root, 7)
      const { anchoredAt, size } = await anchor.storedAnchor(anchorer.address, root)
      expect([anchoredAt, size]).to.deep.equal([BigInt(start + 200), 7n])
    })

    it('stores a tree that was anchored without storing it before', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchor(root, 7)
      await at(100)
      await anchor.anchorStored(root, 7)
      expect((await anchor.storedAnchor(anchorer.address, root)).anchoredAt).to.equal(BigInt(start + 100))
    })

    it('refuses another size for a root that the caller has stored', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 7)
      await expect(anchor.anchorStored(root, 8))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorOtherSize')
        .withArgs(root, 8, 7)
    })

    it('refuses an empty tree and a zero root', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await expect(anchor.anchorStored(root, 0))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorEmptyTree')
        .withArgs(root)
      await expect(anchor.anchorStored(ZeroHash, 5))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorZeroRoot')
        .withArgs(5)
    })
  })

  describe('tombstone', () => {
    it('logs caller, root and place, whether anchored or not', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await expect(anchor.tombstone(root, 17)).to.emit(anchor, 'Tombstoned').withArgs(anchorer.address, root, 17)
    })

    it('changes no anchor: a proof that somebody kept still verifies', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 1)
      await anchor.tombstone(root, 0)
      expect(await anchor.verify(anchorer.address, root, 1, 0, root, [])).to.equal(true)
    })

    it('refuses a zero root', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      await expect(anchor.tombstone(ZeroHash, 5))
        .to.be.revertedWithCustomError(anchor, 'MessageAnchorZeroRoot')
        .withArgs(0)
    })
  })

  describe('supportsInterface', () => {
    it('knows ERC-165 and its own interface, and nothing else', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      const names = ['anchor', 'anchorMany', 'anchorStored', 'tombstone', 'storedAnchor', 'verify']
      const own = names.reduce((id, name) => id ^ BigInt(anchor.interface.getFunction(name)?.selector ?? 0), 0n)
      for (const id of ['0x01ffc9a7', toBeHex(own, 4)]) expect(await anchor.supportsInterface(id)).to.equal(true)
      for (const id of ['0xffffffff', '0x00000000']) expect(await anchor.supportsInterface(id)).to.equal(false)
    })
  })
})
