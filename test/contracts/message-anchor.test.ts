import { expect } from 'chai'
import { keccak256, toUtf8Bytes, ZeroHash } from 'ethers'
import { deployAnchor, ethers, mined, networkHelpers } from './support/deploy.ts'

const root = keccak256(toUtf8Bytes('root'))
const { loadFixture } = networkHelpers

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
})
