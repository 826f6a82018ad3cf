/** `herald verify`: checks a proof file against the chain, and needs nothing but the two. */
import { parseArgs } from 'node:util'
import { verifyProof } from '../verify.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { setting } from './env.ts'
import { readProofFile } from './read-proof-file.ts'
import { exitCodes, renderProblem, renderVerification } from './render-verification.ts'

const defaultRpcUrl = 'http://127.0.0.1:8545'

const help = `usage: herald verify <proof.json> [options]

  --rpc-url <url>       JSON-RPC endpoint of the proof's chain  (HERALD_RPC_URL, ${defaultRpcUrl})
  --registry <address>  the one registry to rely on             (HERALD_REGISTRY, any that runs Herald's AgentRegistry)

exit code: 0 verified; 1 failed; 2 nothing could be checked; 3 incomplete (not revealed, not anchored, or erased)`

interface VerifyArguments {
  readonly path: string
  readonly rpcUrl: string
  readonly registry: string | undefined
}

function parse(args: readonly string[]) {
  try {
    const options = { 'rpc-url': { type: 'string' }, registry: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readArguments(args: readonly string[]): VerifyArguments {
  const { values, positionals } = parse(args)
  const [path, ...others] = positionals
  if (path === undefined || others.length > 0) throw new UsageError('give the path of one proof file')
  return {
    path,
    rpcUrl: values['rpc-url'] ?? setting('HERALD_RPC_URL') ?? defaultRpcUrl,
    registry: values.registry ?? setting('HERALD_REGISTRY'),
  }
}

async function verify({ path, rpcUrl, registry }: VerifyArguments, io: CommandIo): Promise<number> {
  try {
    const proof = await readProofFile(path)
    const verification = await verifyProof(proof, { client: { rpcUrl }, ...(registry && { registry }) })
    io.out(renderVerification(verification, io))
    return exitCodes[verification.verdict]
  } catch (error) {
    io.err(renderProblem(error))
    return exitCodes.uncheckable
  }
}

/** The command. Its exit code tells a proof that is wrong from one that could not be checked. */
export const verifyCommand: Command = {
  name: 'verify',
  summary: 'check a proof file against the chain',
  help,
  run: (args, io) => verify(readArguments(args), io),
}
