/**
 * What a controller signs so that somebody else may send it to the registry (SPEC §7.6): EIP-712 structures under the
 * registry's own domain, which holds chain and contract, so that a signature for one works at no other.
 */
import { hashTypedData, type TypedDataDomain } from 'viem'
import type { Hex } from '../core/bytes.ts'
import type { Address, CardId, Seconds } from '../core/ids.ts'
import { type RevocationReason, revocationReasons } from '../identity/card-directory.ts'

/** Which registry, on which chain. */
export interface RegistryPlace {
  readonly chainId: number
  /** Address of the AgentRegistry contract. */
  readonly registry: Address
}

/** The values of a publication that are signed. */
export interface PublicationTerms {
  readonly agent: Address
  readonly cardId: CardId
  /** The card it replaces, or 32 zero bytes. */
  readonly previous: CardId
  /** When that one ends; 0 for at once. */
  readonly previousValidUntil: Seconds
  /** Last second of block time at which the signature may be used. */
  readonly deadline: Seconds
}

/** The values of a revocation that are signed. */
export interface RevocationTerms {
  readonly agent: Address
  readonly cardId: CardId
  readonly reason: RevocationReason
  /** 0 for no claim. */
  readonly compromisedSince: Seconds
  /** Last second of block time at which the signature may be used. */
  readonly deadline: Seconds
}

const types = {
  Publish: [
    { name: 'agent', type: 'address' },
    { name: 'cardId', type: 'bytes32' },
    { name: 'previous', type: 'bytes32' },
    { name: 'previousValidUntil', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
  Revoke: [
    { name: 'agent', type: 'address' },
    { name: 'cardId', type: 'bytes32' },
    { name: 'reason', type: 'uint8' },
    { name: 'compromisedSince', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
} as const

/** A publication as EIP-712 typed data. */
export interface PublicationTypedData {
  readonly domain: TypedDataDomain
  readonly types: typeof types
  readonly primaryType: 'Publish'
  readonly message: PublicationTerms
}

/** A revocation as EIP-712 typed data. */
export interface RevocationTypedData {
  readonly domain: TypedDataDomain
  readonly types: typeof types
  readonly primaryType: 'Revoke'
  /** `reason` is its number in the contract (SPEC §7). */
  readonly message: Omit<RevocationTerms, 'reason'> & { readonly reason: number }
}

/** EIP-712 typed data as viem and wallets take it: for whoever signs, and for whoever checks a signature. */
export type RegistryTypedData = PublicationTypedData | RevocationTypedData

/** The registry's EIP-712 domain, as its `eip712Domain()` (ERC-5267) states it. */
function domainOf({ chainId, registry }: RegistryPlace): TypedDataDomain {
  return { name: 'Herald AgentRegistry', version: '1', chainId, verifyingContract: registry }
}

/** The typed data of a publication. */
export function publicationTypedData(place: RegistryPlace, terms: PublicationTerms): PublicationTypedData {
  const { agent, cardId, previous, previousValidUntil, deadline } = terms
  const message = { agent, cardId, previous, previousValidUntil, deadline }
  return { domain: domainOf(place), types, primaryType: 'Publish', message }
}

/** The typed data of a revocation. */
export function revocationTypedData(place: RegistryPlace, terms: RevocationTerms): RevocationTypedData {
  const { agent, cardId, compromisedSince, deadline } = terms
  const message = { agent, cardId, reason: revocationReasons.indexOf(terms.reason), compromisedSince, deadline }
  return { domain: domainOf(place), types, primaryType: 'Revoke', message }
}

/** What is signed of typed data: its EIP-712 digest, 32 bytes. */
export function typedDataDigest(data: RegistryTypedData): Hex {
  return hashTypedData(data)
}
