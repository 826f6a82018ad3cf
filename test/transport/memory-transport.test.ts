import { systemAmbient } from '../../src/core/ambient.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createSwitchboard, memoryTransport } from '../../src/transport/memory-transport.ts'
import { behavesLikeTransport } from '../compliance/transport.ts'
import { TestDirectory } from '../support/relay-world.ts'

describe('transport/memory-transport', () => {
  behavesLikeTransport('memoryTransport', async () => {
    const switchboard = createSwitchboard()
    const directory = new TestDirectory()
    const relays = ['https://one.example', 'https://two.example'] as const
    return {
      relays,
      open: () => memoryTransport({ ambient: systemAmbient, sha256: nodeBackend.sha256, switchboard }),
      cutFirst: async () => switchboard.cut(relays[0]),
      owner: () => directory.register(),
      [Symbol.asyncDispose]: async () => {},
    }
  })
})
