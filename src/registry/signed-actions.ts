/**
 * Publications and revocations that a controller signs and anybody may send (SPEC §7.6): how they are signed, and what a
 * relayer, who pays for them, is. A relayer can refuse or delay; it cannot change anything, nor use a signature twice.
 */
import { keccak256 } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress, asCardId, type CardId, type Seconds } from '../core/ids.ts'
import { type RevocationReason, revocationReasons } from '../identity/card-directory.ts'
import { SigningFailedError } from './errors.ts'
import type { Receipt } from './send-transaction.ts'
import { signing } from './signer.ts'
import { publicationTypedData, type RegistryPlace, type RegistryTypedData, revocationTypedData } from './typed-data.ts'

/** A publication with its controller's signature. */
export interface SignedPublication {
  readonly agent: Address
  /** The card's bytes, 4 to 4,096. */
  readonly card: Uint8Array
  /** The card it replaces, or 32 zero bytes. */
  readonly previous: CardId
  readonly previousValidUntil: Seconds
  readonly deadline: Seconds
  /** 65 bytes of ECDSA, or what the controller's wallet takes (ERC-1271). */
  readonly signature: Hex
}

/** A revocation with its controller's signature. */
export interface SignedRevocation {
  readonly agent: Address
  readonly cardId: CardId
  readonly reason: RevocationReason
  readonly compromisedSince: Seconds
  readonly deadline: Seconds
  /** As in a publication. */
  readonly signature: Hex
}

/** Sends signed publications and revocations to the chain, and pays for them: an account, or a service of somebody's. */
export interface Relayer {
  /** Sends a publication and waits for its block. */
  publish(signed: SignedPublication): Promise<Receipt>
  /** Sends a revocation and waits for its block. */
  revoke(signed: SignedRevocation): Promise<Receipt>
}

/** Whoever signs typed data: a viem account, a wallet, or a service. */
export interface TypedDataSigner {
  /** Named in errors when it is known. */
  readonly address?: Hex | undefined
  /** Signs EIP-712 typed data: 65 bytes of ECDSA, or what the controller's wallet takes (ERC-1271). */
  signTypedData(data: RegistryTypedData): Promise<Hex>
}

/** Names no card: what a first one replaces. */
export const noCard = asCardId(`0x${'00'.repeat(32)}`)

const maxSeconds = 2 ** 40 - 1

/** A time as the contract holds one, uint40. @throws InvalidArgumentError */
export function asSeconds(argument: string, time: Seconds): Seconds {
  if (!Number.isInteger(time) || time < 0 || time > maxSeconds)
    throw new InvalidArgumentError({ argument, expected: 'whole seconds since 1970, at most 2^40 - 1' })
  return time
}

/** A reason's number in the contract. @throws InvalidArgumentError */
export function reasonNumber(reason: RevocationReason): number {
  const place = revocationReasons.indexOf(reason)
  if (place < 0) throw new InvalidArgumentError({ argument: 'reason', expected: revocationReasons.join(', ') })
  return place
}

/** Whether a text is bytes, one or more, as 0x hexadecimal. */
export function isHexBytes(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x(?:[0-9a-f]{2})+$/i.test(text)
}

/** The signer's signature, whatever becomes of it at the contract. @throws `registry.signing_failed` */
async function signatureBy(signer: TypedDataSigner, data: RegistryTypedData): Promise<Hex> {
  const account = signer.address && asAddress(signer.address)
  const method = data.primaryType === 'Publish' ? 'a publication' : 'a revocation'
  const signature: unknown = await signing(account, method, () => signer.signTypedData(data))
  if (!isHexBytes(signature)) throw new SigningFailedError({ account, method })
  return signature
}

/** The id of a card. @param card its bytes @throws InvalidArgumentError */
export function cardIdOf(card: Uint8Array): CardId {
  if (!(card instanceof Uint8Array)) throw new InvalidArgumentError({ argument: 'card', expected: 'bytes' })
  return asCardId(keccak256(card))
}

/**
 * Signs a publication, for somebody else to send.
 *
 * @param signer the agent's controller
 * @throws InvalidArgumentError on a value the contract cannot be given; `registry.signing_failed`
 */
export async function signPublication(
  signer: TypedDataSigner,
  place: RegistryPlace,
  publication: Omit<SignedPublication, 'signature'>,
): Promise<SignedPublication> {
  const { agent, card, previous, previousValidUntil, deadline } = publication
  const terms = {
    agent: asAddress(agent),
    previous: asCardId(previous),
    previousValidUntil: asSeconds('previousValidUntil', previousValidUntil),
    deadline: asSeconds('deadline', deadline),
  }
  const data = publicationTypedData(place, { ...terms, cardId: cardIdOf(card) })
  return { ...terms, card, signature: await signatureBy(signer, data) }
}

/**
 * Signs a revocation, for somebody else to send.
 *
 * @param signer the agent's controller
 * @throws InvalidArgumentError on a value the contract cannot be given; `registry.signing_failed`
 */
export async function signRevocation(
  signer: TypedDataSigner,
  place: RegistryPlace,
  revocation: Omit<SignedRevocation, 'signature'>,
): Promise<SignedRevocation> {
  const { agent, cardId, reason, compromisedSince, deadline } = revocation
  reasonNumber(reason)
  const terms = {
    agent: asAddress(agent),
    cardId: asCardId(cardId),
    reason,
    compromisedSince: asSeconds('compromisedSince', compromisedSince),
    deadline: asSeconds('deadline', deadline),
  }
  return { ...terms, signature: await signatureBy(signer, revocationTypedData(place, terms)) }
}
