import { expect } from 'chai'
import fc from 'fast-check'
import { sameAgent } from '../../src/core/agent-ref.ts'
import { concatBytes, toHex, utf8 } from '../../src/core/bytes.ts'
import { asMailboxId } from '../../src/core/ids.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { encodeAgentRef } from '../../src/wire/agent-ref.ts'
import { agentRef } from '../support/arbitraries.ts'

describe('identity/mailbox-id', () => {
  describe('mailboxOf', () => {
    it('is SHA-256 of label and agent reference, the same by both backends', () => {
      fc.assert(
        fc.property(agentRef, (agent) => {
          const mailbox = mailboxOf(nodeBackend, agent)
          const preimage = concatBytes(utf8('herald/v1 mailbox\0\0\0'), encodeAgentRef(agent))
          expect(mailbox).to.equal(toHex(nobleBackend.sha256(preimage)))
          expect(mailbox).to.equal(mailboxOf(nobleBackend, { ...agent }))
          expect(mailbox).to.equal(mailboxOf(nodeBackend, agent))
          expect(asMailboxId(mailbox)).to.equal(mailbox)
        }),
        { seed: 20261123, numRuns: 50 },
      )
    })

    it('differs by chain, registry and address', () => {
      fc.assert(
        fc.property(agentRef, agentRef, (a, b) => {
          const mixed = [b, { ...a, chainId: b.chainId }, { ...a, registry: b.registry }, { ...a, address: b.address }]
          for (const other of mixed)
            expect(mailboxOf(nodeBackend, a) === mailboxOf(nodeBackend, other)).to.equal(sameAgent(a, other))
        }),
        { seed: 20261123, numRuns: 50 },
      )
    })
  })
})
