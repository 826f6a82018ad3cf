/** Wallet log-in over a chain: EIP-4361 texts by viem, signatures by ECDSA first and ERC-1271 then, control by contract. */
import { verifyMessage as recoversTo, toHex as viemHex } from 'viem'
import { readContract, verifyMessage } from 'viem/actions'
import { createSiweMessage, parseSiweMessage } from 'viem/siwe'
import { type AgentRef, sameAgent } from '../core/agent-ref.ts'
import type { Ambient } from '../core/ambient.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, type Millis } from '../core/ids.ts'
import type { WalletMessage, WalletVerifier } from '../identity/wallet-verifier.ts'
import { agentRegistryAbi } from './abi/agent-registry.ts'
import { RefreshingCache } from './refreshing-cache.ts'
import type { RegistryClient } from './registry-client.ts'

/** What a verifier asks. */
export interface WalletVerifierOptions {
  readonly client: Pick<RegistryClient, 'chainId' | 'registry' | 'rpc'>
  readonly ambient: Ambient
  /** Who controls an agent is given for this long without asking the chain. Default 4 s. */
  readonly freshMillis?: Millis
}

/** An ECDSA signature has this length; anything else is the business of a contract. */
const ecdsaBytes = 65
const maxControllers = 4096

/** @throws InvalidArgumentError for an origin whose host viem lets no text name: one without a dot, or an IPv6 address */
function write({ wallet, expires, issuedAt, ...rest }: WalletMessage): string {
  const times = { issuedAt: new Date(issuedAt), expirationTime: new Date(expires) }
  try {
    return createSiweMessage({ ...rest, ...times, address: wallet, version: '1' })
  } catch {
    throw new InvalidArgumentError({ argument: 'origin', expected: 'one with a domain name or an IPv4 address' })
  }
}

function read(text: string): WalletMessage | undefined {
  const { address, chainId, domain, uri, statement, nonce, issuedAt, expirationTime } = parseSiweMessage(text)
  if (address === undefined || chainId === undefined || domain === undefined || uri === undefined) return undefined
  if (statement === undefined || nonce === undefined || !issuedAt || !expirationTime) return undefined
  const times = { issuedAt: issuedAt.getTime(), expires: expirationTime.getTime() }
  return { wallet: asAddress(address), chainId, domain, uri, statement, nonce, ...times }
}

/** Opens a verifier. Nothing is asked of the chain before it has to be. */
export function createWalletVerifier(options: WalletVerifierOptions): WalletVerifier {
  const { client, ambient, freshMillis = 4000 } = options
  const { rpc, registry, chainId } = client
  const controllers = new RefreshingCache<Address>({
    capacity: maxControllers,
    ambient,
    freshMillis,
    expiredMillis: freshMillis,
    isOutage: () => false,
  })
  const controllerOf = ({ address }: AgentRef) =>
    controllers.get(address, async () => {
      await rpc.assertContract(registry)
      const call = { abi: agentRegistryAbi, address: registry, functionName: 'controllerOf', args: [address] } as const
      return asAddress(await rpc.run('controllerOf', (chain) => readContract(chain, call)))
    })
  return {
    write,
    read,
    isSigned: async (wallet, message, signature) => {
      const signed = { address: wallet, message, signature: viemHex(signature) }
      if (signature.length === ecdsaBytes && (await recoversTo(signed).catch(() => false))) return true
      return rpc.run('verifyMessage', (chain) => verifyMessage(chain, signed))
    },
    controls: async (wallet, agent) =>
      sameAgent(agent, { chainId, registry, address: agent.address }) && (await controllerOf(agent)) === wallet,
  }
}
