import { expect } from 'chai'
import { Wallet } from 'ethers'
import { systemAmbient } from '../../src/core/ambient.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { type Address, asAddress } from '../../src/core/ids.ts'
import type { WalletMessage } from '../../src/identity/wallet-verifier.ts'
import { createWalletVerifier } from '../../src/registry/create-wallet-verifier.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

const wallet = new Wallet(`0x${'42'.repeat(32)}`)
const message: WalletMessage = {
  wallet: asAddress(wallet.address),
  chainId: 31_337,
  domain: 'relay.example:8787',
  uri: 'https://relay.example:8787/a',
  statement: 'Read and manage a mailbox.',
  nonce: 'ab'.repeat(32),
  issuedAt: 1_700_000_000_000,
  expires: 1_700_000_060_000,
}

/** EIP-4361's layout, by hand. */
const text = `relay.example:8787 wants you to sign in with your Ethereum account:
${wallet.address}

Read and manage a mailbox.

URI: https://relay.example:8787/a
Version: 1
Chain ID: 31337
Nonce: ${'ab'.repeat(32)}
Issued At: 2023-11-14T22:13:20.000Z
Expiration Time: 2023-11-14T22:14:20.000Z`

describe('registry/create-wallet-verifier', () => {
  let world: TestWorld
  before(async () => {
    world = await startTestWorld()
  })
  after(() => world[Symbol.asyncDispose]())

  const open = (rpcUrl = world.chain.rpcUrl) => {
    const client = createRegistryClient({ rpcUrl, chainId: 31_337, registry: world.registry })
    return createWalletVerifier({ client, ambient: systemAmbient })
  }

  describe('write and read', () => {
    it('give the text of EIP-4361 and back', () => {
      expect(open().write(message)).to.equal(text)
      expect(open().read(text)).to.deep.equal(message)
    })

    it('read nothing from what is no such text', () => {
      for (const other of ['', 'hello', text.split('\n').slice(0, 3).join('\n'), text.replace(/\nExpiration.*/, '')])
        expect(open().read(other)).to.equal(undefined)
    })

    it('refuse by name a host that such a text cannot hold', () => {
      try {
        open().write({ ...message, domain: '[::1]:8787' })
        expect.fail('it was written')
      } catch (error) {
        expect(isHeraldError(error, 'core.invalid_argument')).to.equal(true)
      }
    })
  })

  describe('isSigned', () => {
    it("takes the wallet's own signature, made by another library, also while the chain is down", async () => {
      const signature = Buffer.from((await wallet.signMessage(text)).slice(2), 'hex')
      expect(await open('http://127.0.0.1:9').isSigned(message.wallet, text, signature)).to.equal(true)
    })

    it('takes no signature of another text or wallet, nor bytes that are none', async () => {
      const signature = Buffer.from((await wallet.signMessage(text)).slice(2), 'hex')
      const verifier = open()
      expect(await verifier.isSigned(message.wallet, `${text}.`, signature)).to.equal(false)
      expect(await verifier.isSigned(world.registry as Address, text, signature)).to.equal(false)
      for (const length of [1, 64, 65, 66, 4096])
        expect(await verifier.isSigned(message.wallet, text, new Uint8Array(length)), `${length}`).to.equal(false)
    })
  })

  describe('controls', () => {
    it('is true of the agent itself by default, and of nobody else', async () => {
      const agent = { chainId: 31_337, registry: asAddress(world.registry), address: message.wallet }
      expect(await open().controls(message.wallet, agent)).to.equal(true)
      expect(await open().controls(asAddress(world.registry), agent)).to.equal(false)
      expect(await open().controls(message.wallet, { ...agent, registry: message.wallet })).to.equal(false)
      expect(await open().controls(message.wallet, { ...agent, chainId: 1 })).to.equal(false)
    })

    it('says that the chain cannot be asked', async () => {
      const agent = { chainId: 31_337, registry: asAddress(world.registry), address: message.wallet }
      const failed = await open('http://127.0.0.1:9')
        .controls(message.wallet, agent)
        .catch((error: unknown) => error)
      expect(isHeraldError(failed, 'registry.rpc_unreachable')).to.equal(true)
    })
  })
})
