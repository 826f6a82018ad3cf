/**
 * Both contracts, typed: every transaction and every read, for programs that do more on the chain than an agent does by
 * itself: guardians, relayers, auditors.
 *
 * @packageDocumentation
 */
export { type AnchorClient, type AnchorClientOptions, createAnchorClient } from './anchor/anchor-client.ts'
export { type DeployedContracts, deployContracts } from './anchor/deploy.ts'
export { HeraldError, isHeraldError, type RetryVerdict } from './core/errors.ts'
export type { Address, CardId, Seconds } from './core/ids.ts'
export type { CardRecord, RevocationReason } from './identity/card-directory.ts'
export type { CardStatus } from './identity/trust.ts'
export { type AgentControlState, type ControlClient, createControlClient } from './registry/control-client.ts'
export type { DeployedContract, DeployOptions } from './registry/deploy.ts'
export { canonicalDeployment, type Deployment, parseDeployment } from './registry/deployment.ts'
export { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry/registry-client.ts'
export type {
  BatchItem,
  BatchPublication,
  Publication,
  PublishRequest,
  RevokeRequest,
} from './registry/registry-transactions.ts'
export { accountRelayer } from './registry/relayed-writer.ts'
export type { Receipt } from './registry/send-transaction.ts'
export {
  noCard,
  type Relayer,
  type SignedPublication,
  type SignedRevocation,
  signPublication,
  signRevocation,
  type TypedDataSigner,
} from './registry/signed-actions.ts'
export {
  type PublicationTerms,
  type PublicationTypedData,
  publicationTypedData,
  type RegistryPlace,
  type RegistryTypedData,
  type RevocationTerms,
  type RevocationTypedData,
  revocationTypedData,
  typedDataDigest,
} from './registry/typed-data.ts'
