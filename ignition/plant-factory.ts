/** Puts the canonical CREATE2 factory on every simulated chain that Hardhat starts. */
import type { HookContext, NetworkHooks } from 'hardhat/types/hooks'
import { create2Factory, create2FactoryCode } from '../src/registry/create2.ts'

/** A hook of Hardhat's for new connections: plants the factory's code where the chain is simulated. */
export const plantFactory: NetworkHooks['newConnection'] = async (context: HookContext, next) => {
  const connection = await next(context)
  if (connection.networkConfig.type === 'edr-simulated')
    await connection.provider.request({ method: 'hardhat_setCode', params: [create2Factory, create2FactoryCode] })
  return connection
}
