/**
 * Accounts sign by keys, wallets and services of their owners' choice. What those throw becomes one typed error that
 * quotes nothing of it, so that a wallet that refuses is not mistaken for an endpoint that fails.
 */
import type { LocalAccount } from 'viem'
import { isHeraldError } from '../core/errors.ts'
import { type Address, asAddress } from '../core/ids.ts'
import { SigningFailedError } from './errors.ts'
import { outline } from './rpc-error.ts'

/** Runs a step in which an account signs. @param method what is signed, for messages @throws `registry.signing_failed` */
export async function signing<T>(account: Address | undefined, method: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw isHeraldError(error) ? error : new SigningFailedError({ account, method }, outline(error))
  }
}

/** The account, with transactions that it does not sign as typed errors. @throws InvalidArgumentError on no address */
export function guardedSigner(signer: LocalAccount): LocalAccount {
  const account = asAddress(signer.address)
  const signTransaction: LocalAccount['signTransaction'] = (transaction, options) =>
    signing(account, 'a transaction', () => signer.signTransaction(transaction, options))
  return { ...signer, address: signer.address, type: 'local', signTransaction }
}
