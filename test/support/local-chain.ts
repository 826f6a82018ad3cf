/** A local chain for tests that need a real JSON-RPC endpoint. */
export { type LocalAccount, type LocalChain, startLocalChain } from '../../src/cli/local-chain.ts'
