/**
 * Checks a proof file against the chain. Needs the file, an RPC endpoint, and nothing else: no relay, no keys, no store.
 *
 *   node scripts/verify-provenance.ts .herald/proof.json
 *
 * HERALD_RPC_URL   JSON-RPC endpoint                        http://127.0.0.1:8545
 * HERALD_REGISTRY  the one registry to rely on, if any      any that runs Herald's own AgentRegistry
 *
 * Exit code: 0 verified; 1 failed; 2 nothing could be checked; 3 incomplete (something is not revealed, not anchored, or
 * erased).
 */
import { readProofFile } from '../src/cli/read-proof-file.ts'
import { exitCodes, renderProblem, renderVerification, wantsColour } from '../src/cli/render-verification.ts'
import { type Verification, verifyProof } from '../src/verify.ts'

const { HERALD_RPC_URL: rpcUrl = 'http://127.0.0.1:8545', HERALD_REGISTRY: registry, NO_COLOR } = process.env

function verify(proof: Uint8Array): Promise<Verification> {
  return verifyProof(proof, { client: { rpcUrl }, ...(registry && { registry }) })
}

async function main(path: string): Promise<number> {
  try {
    const verification = await verify(await readProofFile(path))
    console.log(renderVerification(verification, { colour: wantsColour(process.stdout.isTTY, NO_COLOR) }))
    return exitCodes[verification.verdict]
  } catch (error) {
    console.error(renderProblem(error))
    return exitCodes.uncheckable
  }
}

const [path, ...others] = process.argv.slice(2)
if (path === undefined || path.startsWith('-') || others.length > 0) {
  console.error('usage: node scripts/verify-provenance.ts <proof.json>')
  process.exitCode = exitCodes.uncheckable
} else {
  process.exitCode = await main(path)
}
