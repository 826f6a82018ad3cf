/** Builds and tests the contracts. The compiler comes from npm, so that a build needs no download. */

import { createRequire } from 'node:module'
import hardhatEthers from '@nomicfoundation/hardhat-ethers'
import hardhatEthersChaiMatchers from '@nomicfoundation/hardhat-ethers-chai-matchers'
import hardhatIgnition from '@nomicfoundation/hardhat-ignition'
import hardhatMocha from '@nomicfoundation/hardhat-mocha'
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers'
import { defineConfig } from 'hardhat/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'
import { plantFactory } from './ignition/plant-factory.ts'

/** Simulated chains have the CREATE2 factory from the start, as public ones do: Ignition cannot make it. */
const create2Factory: HardhatPlugin = {
  id: 'herald-create2-factory',
  hookHandlers: { network: async () => ({ default: async () => ({ newConnection: plantFactory }) }) },
}

export default defineConfig({
  plugins: [
    hardhatMocha,
    hardhatEthers,
    hardhatEthersChaiMatchers,
    hardhatNetworkHelpers,
    hardhatIgnition,
    create2Factory,
  ],
  solidity: {
    version: '0.8.37',
    path: createRequire(import.meta.url).resolve('solc/soljson.js'),
    settings: {
      optimizer: { enabled: true, runs: 1_000_000 },
      viaIR: true,
      evmVersion: 'cancun',
      // No hash of the sources in the bytecode: the same code has the same CREATE2 address wherever it is built.
      metadata: { bytecodeHash: 'none' },
      // Where each variable lies: whoever proves a record by its storage has to know (src/registry/abi).
      outputSelection: { '*': { '*': ['storageLayout'] } },
    },
  },
  networks: {
    // `hardhat node`: without this, every block is at least a second later than the one before, so that a busy chain's
    // clock runs ahead of the wall clock that messages are stamped with.
    node: { type: 'edr-simulated', allowBlocksWithSameTimestamp: true },
    localhost: { type: 'http', url: process.env['HERALD_RPC_URL'] ?? 'http://127.0.0.1:8545' },
    // The contracts' tests run on a rollup too: `hardhat test mocha --network op`.
    op: { type: 'edr-simulated', chainType: 'op' },
  },
  paths: {
    sources: 'contracts',
    tests: { mocha: 'test/contracts', solidity: 'test/contracts' },
  },
  test: {
    mocha: { timeout: 60_000 },
    solidity: {
      // Each call is a transaction of its own, so that gas figures include the base fee and cold storage.
      isolate: true,
      // The seed serves the invariant tests too.
      fuzz: { runs: 256, seed: '0x4865726161c4' },
      invariant: { runs: 32, depth: 64, failOnRevert: true },
    },
  },
})
