/** Signatures as a controller makes them, and as nobody should. */

import {
  concat,
  keccak256,
  Signature,
  type TypedDataDomain,
  TypedDataEncoder,
  type TypedDataField,
  toBeHex,
} from 'ethers'
import { type AgentRegistry, type Publication, Reason, start } from './deploy.ts'

/** Whoever can sign typed data. */
export interface TypedDataSigner {
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string>
}

/** A deadline that no test reaches by accident. */
export const far = start + 1_000_000

const publishTypes = {
  Publish: [
    { name: 'agent', type: 'address' },
    { name: 'cardId', type: 'bytes32' },
    { name: 'previous', type: 'bytes32' },
    { name: 'previousValidUntil', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
}

const revokeTypes = {
  Revoke: [
    { name: 'agent', type: 'address' },
    { name: 'cardId', type: 'bytes32' },
    { name: 'reason', type: 'uint8' },
    { name: 'compromisedSince', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
}

/** The domain as the contract states it (ERC-5267). */
async function domainOf(registry: AgentRegistry): Promise<TypedDataDomain> {
  const { name, version, chainId, verifyingContract } = await registry.eip712Domain()
  return { name, version, chainId, verifyingContract }
}

interface PublicationToSign {
  readonly agent: string
  readonly card: { readonly card: string; readonly cardId: string }
  readonly previous?: string
  readonly previousValidUntil?: number
  readonly deadline?: number
}

/** Signs a publication; by default for the registry's own domain. */
export async function signPublication(
  registry: AgentRegistry,
  signer: TypedDataSigner,
  { agent, card, previous = `0x${'00'.repeat(32)}`, previousValidUntil = 0, deadline = far }: PublicationToSign,
  changes: TypedDataDomain = {},
): Promise<Publication> {
  const domain = { ...(await domainOf(registry)), ...changes }
  const value = { agent, cardId: card.cardId, previous, previousValidUntil, deadline }
  const signature = await signer.signTypedData(domain, publishTypes, value)
  return { agent, card: card.card, previous, previousValidUntil, deadline, signature }
}

/** What the controller has to sign for a publication, whatever it did sign. */
export async function publicationDigest(registry: AgentRegistry, publication: Publication): Promise<string> {
  const { agent, card, previous, previousValidUntil, deadline } = publication
  const value = { agent, cardId: keccak256(card), previous, previousValidUntil, deadline }
  return TypedDataEncoder.hash(await domainOf(registry), publishTypes, value)
}

/** The arguments of `publishFor`. */
export function argsOf(publication: Publication): [string, string, string, number, number, string] {
  const { agent, card, previous, previousValidUntil, deadline, signature } = publication
  return [agent, card, previous, previousValidUntil, deadline, signature]
}

interface RevocationToSign {
  readonly agent: string
  readonly cardId: string
  readonly reason?: number
  readonly compromisedSince?: number
  readonly deadline?: number
}

/** The arguments of `revokeFor`. */
export type RevocationArgs = [string, string, number, number, number, string]

/** What the controller has to sign for a revocation, whatever it did sign. */
export async function revocationDigest(registry: AgentRegistry, args: RevocationArgs): Promise<string> {
  const [agent, cardId, reason, compromisedSince, deadline] = args
  const value = { agent, cardId, reason, compromisedSince, deadline }
  return TypedDataEncoder.hash(await domainOf(registry), revokeTypes, value)
}

/** Signs a revocation, and gives the arguments of `revokeFor`. */
export async function signRevocation(
  registry: AgentRegistry,
  signer: TypedDataSigner,
  { agent, cardId, reason = Reason.KeyCompromise, compromisedSince = 0, deadline = far }: RevocationToSign,
  changes: TypedDataDomain = {},
): Promise<RevocationArgs> {
  const domain = { ...(await domainOf(registry)), ...changes }
  const value = { agent, cardId, reason, compromisedSince, deadline }
  return [agent, cardId, reason, compromisedSince, deadline, await signer.signTypedData(domain, revokeTypes, value)]
}

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The second signature that anybody can make of one. */
export function withHighS(signature: string): string {
  const { r, s, v } = Signature.from(signature)
  return concat([r, toBeHex(curveOrder - BigInt(s), 32), toBeHex(v === 27 ? 28 : 27)])
}
