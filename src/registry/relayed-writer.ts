/**
 * Publishing and revoking without paying: the agent's account signs, a relayer sends (SPEC §7.6). What a relayer says is
 * not believed: the registry is asked whether it was done.
 */
import type { LocalAccount } from 'viem'
import { getBlock } from 'viem/actions'
import type { Ambient } from '../core/ambient.ts'
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError, isHeraldError } from '../core/errors.ts'
import type { Address, CardId, Seconds } from '../core/ids.ts'
import { signatureLifetimeSeconds } from '../core/limits.ts'
import { readController } from './control-client.ts'
import { actingAgent, openRegistry, type RegistryAccess, type RegistryAccessOptions } from './registry-access.ts'
import { createRegistryClient, type RegistryClient } from './registry-client.ts'
import type { RegistryTransactions } from './registry-transactions.ts'
import { NotRelayedError, RelayerFailedError } from './relayer-errors.ts'
import { UnauthorizedError } from './revert-errors.ts'
import type { Receipt } from './send-transaction.ts'
import { cardIdOf, noCard, type Relayer, signPublication, signRevocation } from './signed-actions.ts'

/** Who sends and pays: a viem account, its private key of 32 bytes, or a relayer of one's own. */
export type Via = LocalAccount | Hex | Relayer

/** A writer in a relayer's name; the same calls as the registry client's own. */
export type RelayedWriter = Pick<RegistryTransactions, 'publish' | 'revoke'>

function isRelayer(via: Via): via is Relayer {
  return typeof via === 'object' && 'publish' in via && typeof via.publish === 'function'
}

/** A relayer that is an account: it sends what is signed as transactions of its own. @throws InvalidArgumentError on no account */
export function accountRelayer(options: RegistryAccessOptions): Relayer {
  const client = createRegistryClient(options)
  return { publish: (signed) => client.publishFor(signed), revoke: (signed) => client.revokeFor(signed) }
}

/** The later of the chain's time and one's own: a chain that makes no blocks for a while stands still. */
async function deadlineOf({ rpc }: RegistryAccess, ambient: Ambient): Promise<Seconds> {
  const { timestamp } = await rpc.run('eth_getBlockByNumber', (client) => getBlock(client))
  return Math.max(Number(timestamp), Math.floor(ambient.now() / 1000)) + signatureLifetimeSeconds
}

/** Trust decision: only the controller's signature counts, so none is made that does not. @throws `registry.unauthorized` */
async function assertController(access: RegistryAccess, agent: Address): Promise<void> {
  const caller = actingAgent(access, 'sign', undefined)
  if (caller !== (await readController(access, agent))) throw new UnauthorizedError({ agent, caller })
}

interface Named {
  readonly agent: Address
  readonly cardId: CardId
}

/** What a relayer of the caller's own throws is a typed error too. */
async function ask(named: Named, step: () => Promise<Receipt>): Promise<Receipt> {
  try {
    return await step()
  } catch (error) {
    throw isHeraldError(error) ? error : new RelayerFailedError(named, error)
  }
}

/** A relayer may hand back anything. */
function claimOf(named: Named, receipt: Receipt | undefined) {
  return { ...named, transactionHash: receipt?.transactionHash }
}

/**
 * Makes a writer whose transactions somebody else sends.
 *
 * @param client the registry as the agent sees it, with its account, which signs and needs no funds
 * @param via who sends and pays
 * @throws InvalidArgumentError on an account that is none
 */
export function createRelayedWriter(client: RegistryClient, via: Via, ambient: Ambient): RelayedWriter {
  const { rpc, chainId, registry } = client
  const access = openRegistry({ rpc, chainId, registry })
  if (typeof via !== 'string' && (typeof via !== 'object' || via === null))
    throw new InvalidArgumentError({ argument: 'via', expected: 'an account, its private key, or a relayer' })
  const relayer = isRelayer(via) ? via : accountRelayer({ rpc: rpc.as(via), chainId, registry })
  const place = { chainId, registry }

  const signing = async (method: string, agent: Address | undefined) => {
    const acting = actingAgent(access, method, agent)
    await assertController(access, acting)
    return { agent: acting, deadline: await deadlineOf(access, ambient) }
  }
  return {
    async publish({ card, previous = noCard, previousValidUntil = 0, agent }) {
      const cardId = cardIdOf(card)
      const terms = { ...(await signing('publish', agent)), card, previous, previousValidUntil }
      const signed = await signPublication(rpc, place, terms)
      const named = { agent: signed.agent, cardId }
      const receipt = await ask(named, () => relayer.publish(signed))
      if ((await client.record(signed.agent, cardId)) === undefined) throw new NotRelayedError(claimOf(named, receipt))
      return { ...receipt, cardId }
    },
    async revoke({ cardId, reason, compromisedSince = 0, agent }) {
      const terms = { ...(await signing('revoke', agent)), cardId, reason, compromisedSince }
      const signed = await signRevocation(rpc, place, terms)
      const named = { agent: signed.agent, cardId: signed.cardId }
      const receipt = await ask(named, () => relayer.revoke(signed))
      const record = await client.record(signed.agent, signed.cardId)
      if (!record?.revokedAt) throw new NotRelayedError(claimOf(named, receipt))
      return { ...receipt, cardId: signed.cardId }
    },
  }
}
