/**
 * What each operation costs on an OP-stack rollup: gas there, and the fee for its bytes on the base chain, on Hardhat's
 * simulated rollup with scalars of the size that public ones have: `npm run bench:rollup`. Keys and cards are fixed, so that
 * two runs give the same figures.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBatch } from '../src/anchor/batch.ts'
import { deployContracts } from '../src/anchor/deploy.ts'
import { createAnchorPublisher } from '../src/anchor/publisher.ts'
import { startLocalChain } from '../src/cli/local-chain.ts'
import { asAddress } from '../src/core/ids.ts'
import { suiteX25519, suiteXWing } from '../src/core/suite.ts'
import { nobleBackend } from '../src/crypto/noble-backend.ts'
import { createCard } from '../src/identity/card.ts'
import { createKeyring } from '../src/identity/keyring.ts'
import { createRegistryClient } from '../src/registry/registry-client.ts'
import type { Receipt } from '../src/registry/send-transaction.ts'
import { chargeForBaseChain, rollupScalars } from '../test/support/rollup-fees.ts'

/** Bytes that look random and are the same in each run. */
function fixedRandom(seed: string): (length: number) => Uint8Array {
  let turn = 0
  return (length) => {
    const hash = createHash('shake256', { outputLength: length })
    return new Uint8Array(hash.update(`${seed} ${turn++}`).digest())
  }
}

const chainId = 10
const chain = await startLocalChain({ chainId, chainType: 'op' })
await chargeForBaseChain(chain)
const { rpcUrl, accounts } = chain
const account = accounts[1]?.privateKey as `0x${string}`
const { registry, anchor, deployment } = await deployContracts({ rpcUrl, account })
const client = createRegistryClient({ rpcUrl, chainId, registry: registry.address, account })
const publisher = createAnchorPublisher({ rpcUrl, chainId, contract: anchor.address, account })
const agent = { chainId, registry: registry.address, address: asAddress(accounts[1]?.address ?? '') }

function cardOf(seed: string, suite: typeof suiteXWing | typeof suiteX25519) {
  const random = fixedRandom(seed)
  const keyring = createKeyring(nobleBackend, random, suite)
  return createCard(nobleBackend, { agent, keyring, kind: 'agent', relays: ['https://relay.example'] })
}

const first = cardOf('first', suiteXWing)
const second = cardOf('second', suiteXWing)
const classical = cardOf('classical', suiteX25519)
const leaves = Array.from({ length: 1000 }, (_, index) => fixedRandom(`leaf ${index}`)(32))
const costs: [operation: string, receipt: Receipt][] = [
  ['deploy AgentRegistry', registry.transaction as Receipt],
  ['deploy MessageAnchor', anchor.transaction as Receipt],
  [`first card, X-Wing (${first.cardBytes.length} bytes)`, await client.publish({ card: first.cardBytes })],
  ['next card, X-Wing', await client.publish({ card: second.cardBytes, previous: first.cardId })],
  [
    `next card, X25519 (${classical.cardBytes.length} bytes)`,
    await client.publish({ card: classical.cardBytes, previous: second.cardId }),
  ],
  ['revoke', await client.revoke({ cardId: classical.cardId, reason: 'superseded' })],
  ['anchor 1,000 messages', await publisher.publish(createBatch(leaves))],
]
await chain[Symbol.asyncDispose]()

const rows = costs.map(([operation, { gasUsed, l1Fee = 0n }]) => ({
  operation,
  gasUsed: Number(gasUsed),
  l1FeeGwei: Number(l1Fee / 1_000_000_000n),
}))
console.table(rows)
const result = {
  command: 'npm run bench:rollup',
  chain: "Hardhat's simulated OP-stack chain",
  prices: { l1BaseFeeGwei: 10, l1BlobBaseFeeGwei: 10, ...rollupScalars },
  addresses: { registry: deployment.registry, anchor: deployment.anchor },
  rows,
}
writeFileSync(join(import.meta.dirname, 'results/rollup.json'), `${JSON.stringify(result, undefined, 2)}\n`)
console.log('written to bench/results/rollup.json')
