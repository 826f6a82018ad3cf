/**
 * The canonical CREATE2 factory (EIP-7997, "deterministic deployment proxy"): a contract of 69 bytes that makes any other
 * at an address that depends on its creation code and a salt alone. So Herald's contracts have one address on every
 * chain, whoever deploys them, and the address says which code stands there. Itself it is made by a transaction whose
 * signature nobody holds a key for (Nick's method), so that it too is the same everywhere.
 */
import { getContractAddress } from 'viem'
import { getBalance, getCode } from 'viem/actions'
import type { Hex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import { type Address, asAddress } from '../core/ids.ts'
import { FactoryUnavailableError } from './deployment-errors.ts'
import type { Rpc } from './rpc.ts'

/** Address of the factory, on every chain that has it. */
export const create2Factory: Address = asAddress('0x4e59b44847b379578588920ca78fbf26c0b4956c')

/** The factory's code, 69 bytes: CREATE2 with the first word of the call as salt and the rest as creation code. */
export const create2FactoryCode =
  ('0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5801515603957' +
    '8182fd5b8082525050506014600cf3') as Hex

/** The one account that could send the factory's transaction; its key is known to nobody. */
const factoryMaker: Address = asAddress('0x3fab184622dc19b6109349b94811493bf2a45362')

/** What the maker's transaction may cost: 100,000 gas at 100 gwei, and a tenth more for a rollup's base chain. */
const factoryCostWei = 11_000_000_000_000_000n

/** The maker's transaction, with a signature chosen so that it has no key (r = s = 0x22…22) and is bound to no chain. */
const factoryTransaction =
  ('0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffff' +
    'ffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba0222222222222222222222222' +
    '2222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222') as Hex

/** The salt of Herald's own deployments, 32 bytes. */
export const defaultSalt: Hex = `0x${'00'.repeat(32)}`

/** What says nothing of the chain itself, and may be over the next time. */
const passing = ['registry.rpc_unreachable', 'registry.transaction_pending']

/** Where the factory puts a contract (EIP-1014). @param salt 32 bytes */
export function create2Address(creationCode: Hex, salt: Hex = defaultSalt): Address {
  return asAddress(getContractAddress({ opcode: 'CREATE2', from: create2Factory, salt, bytecode: creationCode }))
}

/** Whether a contract stands at an address. @throws why the endpoint cannot be asked (`registry.*`) */
export async function hasCode(rpc: Rpc, address: Address): Promise<boolean> {
  const code = await rpc.run('eth_getCode', (client) => getCode(client, { address }))
  return code !== undefined
}

async function fundMaker(rpc: Rpc): Promise<void> {
  const held = await rpc.run('eth_getBalance', (client) => getBalance(client, { address: factoryMaker }))
  if (held >= factoryCostWei) return
  await rpc.send({ method: 'fund the CREATE2 factory', to: factoryMaker, data: '0x', value: factoryCostWei - held })
}

/**
 * Sees to it that the factory stands on a chain: where it does not, pays its maker 0.011 ether and sends the maker's
 * transaction.
 *
 * @throws `registry.factory_unavailable` where the chain does not take that transaction (some refuse what is bound to no
 *   chain id, EIP-155, and on some it would cost more than its 100 gwei); what `Rpc.send` throws
 */
export async function ensureFactory(rpc: Rpc): Promise<void> {
  if (await hasCode(rpc, create2Factory)) return
  await fundMaker(rpc)
  const failure = await rpc.broadcast('make the CREATE2 factory', factoryTransaction).then(
    () => undefined,
    (error: unknown) => error,
  )
  // Whoever else sent the same transaction first did no harm.
  if (await hasCode(rpc, create2Factory)) return
  if (passing.some((code) => isHeraldError(failure, code))) throw failure
  throw new FactoryUnavailableError({ endpoint: rpc.endpoint, factory: create2Factory }, failure)
}
