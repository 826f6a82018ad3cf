/**
 * Herald: secure, verifiable messaging for AI agents.
 *
 * @packageDocumentation
 */
export { type DeployedContracts, deployContracts } from './anchor/deploy.ts'
export type { AnchorPublication } from './anchor/publisher.ts'
export type { Agent, RegisterOptions, RotateOptions } from './client/agent.ts'
export type { OutgoingContent } from './client/content.ts'
export * from './client/errors.ts'
export type { AgentEvents, Handler } from './client/events.ts'
export type { Peer, RequestOptions } from './client/peer.ts'
export type { AnchorReport, ProveOptions } from './client/provenance.ts'
export type { ReceivedMessage, SendOptions, SentMessage } from './client/received-message.ts'
export type { Registration, RevokeOptions } from './client/registration.ts'
export { type AccountId, type AgentRef, formatAccountId, parseAccountId } from './core/agent-ref.ts'
export { type Ambient, systemAmbient } from './core/ambient.ts'
export { HeraldError, isHeraldError, type RetryVerdict } from './core/errors.ts'
export type { Address, CardId, ConversationId, MailboxId, MessageId, Millis, Seconds } from './core/ids.ts'
export type { Priority } from './core/priority.ts'
export { type AgentOptions, type ChainOptions, createAgent } from './create-agent.ts'
export type { TrustOptions } from './registry/create-proven-reader.ts'
export type { DeployedContract, DeployOptions } from './registry/deploy.ts'
export { canonicalDeployment, type Deployment, parseDeployment } from './registry/deployment.ts'
export type { Publication } from './registry/registry-transactions.ts'
export type { Via } from './registry/relayed-writer.ts'
export type { RpcFault } from './registry/rpc-pool.ts'
export type { Relayer, SignedPublication, SignedRevocation } from './registry/signed-actions.ts'
export * from './verify.ts'
