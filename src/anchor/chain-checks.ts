/** The checks that ask the chain: is it the right one, was the card published, was the message anchored (SPEC §6.4). */
import type { AgentRef } from '../core/agent-ref.ts'
import { equalBytes, fromHex, type Hex } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import type { Address, Seconds } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { anchorLeaf } from '../crypto/commitment.ts'
import { verifyCard } from '../identity/card.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { agentRegistryBytecode } from '../registry/abi/agent-registry-bytecode.ts'
import { WrongChainError } from '../registry/errors.ts'
import { createRegistryClient } from '../registry/registry-client.ts'
import type { Rpc } from '../registry/rpc.ts'
import type { Proof, ProofAnchor } from '../wire/proof.ts'
import { messageAnchorBytecode } from './abi/message-anchor-bytecode.ts'
import { type AnchoringReceipt, readAnchoring, readBlockTime } from './anchoring.ts'
import { compareCode } from './contract-code.ts'
import { rootFromPath } from './merkle.ts'
import type { Evidence } from './statement-checks.ts'
import { type Finding, failed, passed, timeText } from './verification.ts'

async function checkRegistryCode(rpc: Rpc, { registry }: Proof, trusted: Address | undefined): Promise<Finding> {
  if (trusted !== undefined && trusted !== registry)
    return failed(`The proof relies on the registry ${registry}, not on ${trusted}, which was named as trusted.`)
  const code = await compareCode(rpc, registry, agentRegistryBytecode)
  if (code === 'none') return failed(`There is no contract at ${registry}, where the proof says the registry is.`)
  if (code === 'unknown' && trusted === undefined)
    return failed(`The contract at ${registry} is not the AgentRegistry that this version of Herald knows.`)
  return passed(`The registry is at ${registry}.`)
}

/**
 * `chain`: the endpoint serves the proof's chain, and its registry is one to rely on.
 *
 * @throws `registry.wrong_chain` when the endpoint serves another chain
 *
 * @param trusted the one registry to rely on; when left out, any whose code is this package's AgentRegistry
 */
export async function checkChain(rpc: Rpc, proof: Proof, trusted: Address | undefined): Promise<Finding> {
  const chainId = await rpc.chainId()
  // Nothing is wrong with a proof that is looked for on another chain.
  if (chainId !== proof.chainId)
    throw new WrongChainError({ endpoint: rpc.endpoint, expected: proof.chainId, actual: chainId })
  const code = await checkRegistryCode(rpc, proof, trusted)
  return code.outcome === 'passed' ? passed(`Chain ${chainId}. ${code.detail}`) : code
}

/** The record of the sender's card, when the check passed. */
export interface PublishedFinding extends Finding {
  readonly record: CardRecord | undefined
}

/** Why the card's bytes do not prove that the sender holds its keys; nothing when they do. */
function possessionFault(backend: CryptoBackend, sender: AgentRef, { card, cardBytes }: Evidence): string | undefined {
  if (card === undefined) return 'The card in the proof cannot be read.'
  try {
    verifyCard(backend, sender, cardBytes)
    return undefined
  } catch (error) {
    if (isHeraldError(error, 'identity.possession')) return `The card was not made for ${sender.address}.`
    throw error
  }
}

/** `card_published`: the card was made for the sender, by whoever holds its keys, and the sender published it. */
export async function checkPublished(rpc: Rpc, backend: CryptoBackend, evidence: Evidence): Promise<PublishedFinding> {
  const { cardId, card, proof } = evidence
  const { chainId, registry, sender: address } = proof
  const fault = possessionFault(backend, { chainId, registry, address }, evidence)
  if (fault !== undefined) return { ...failed(fault), record: undefined }
  const record = await createRegistryClient({ rpc, chainId, registry }).record(address, cardId)
  if (record === undefined) return { ...failed(`${address} never published the card.`), record: undefined }
  if (record.suite !== card?.suite) return { ...failed('The registry records another suite.'), record: undefined }
  return { ...passed(`${address} published the card on ${timeText(record.validFrom)}.`), record }
}

/** Where and when, when the check passed. */
export interface AnchoredFinding extends Finding {
  readonly blockTime: Seconds | undefined
  readonly blockNumber: bigint | undefined
}

function unproven(finding: Finding): AnchoredFinding {
  return { ...finding, blockTime: undefined, blockNumber: undefined }
}

function transactionFault(receipt: AnchoringReceipt | undefined, anchor: ProofAnchor): string | undefined {
  const { transaction, contract, anchorer, root, size } = anchor
  if (receipt === undefined) return `There is no transaction ${transaction} on this chain.`
  if (!receipt.succeeded) return `Transaction ${transaction} failed.`
  const roots = receipt.logs.filter((log) => log.root === root && log.size === size)
  if (roots.length === 0) return `In transaction ${transaction}, ${contract} anchored no such root and size.`
  if (!roots.some((log) => log.anchorer === anchorer)) return `The root was not anchored by ${anchorer}.`
  return undefined
}

function leadsToRoot(backend: CryptoBackend, evidence: Evidence, anchor: ProofAnchor, part: Hex): boolean {
  const leaf = anchorLeaf(backend, fromHex(part), evidence.statementBytes, evidence.signature)
  const { index, size, path, root } = anchor
  const found = rootFromPath({ leaf, index, size, path: path.map((hash) => fromHex(hash)) })
  return found !== undefined && equalBytes(found, fromHex(root))
}

/** `anchored`: a block holds the root of a tree in which this signed statement is a leaf. */
export async function checkAnchored(rpc: Rpc, backend: CryptoBackend, evidence: Evidence): Promise<AnchoredFinding> {
  const { anchor } = evidence.proof
  if (anchor === null) return unproven({ outcome: 'not_anchored', detail: 'The message was not anchored.' })
  const { contract, transaction, part, index, size, anchorer } = anchor
  if (part !== null && !leadsToRoot(backend, evidence, anchor, part))
    return unproven(failed('The path does not lead from this statement and signature to the root.'))
  if ((await compareCode(rpc, contract, messageAnchorBytecode)) !== 'known')
    return unproven(failed(`The contract at ${contract} is not the MessageAnchor that this version of Herald knows.`))
  const receipt = await readAnchoring(rpc, contract, transaction)
  const fault = transactionFault(receipt, anchor)
  if (fault !== undefined || receipt === undefined) return unproven(failed(fault ?? 'There is no receipt.'))
  const blockTime = await readBlockTime(rpc, receipt)
  const { blockNumber } = receipt
  const where = `in block ${blockNumber} at ${timeText(blockTime)}`
  if (part === null) {
    const detail = `Opening erased: a root was anchored ${where}, and nothing links this message to it any more.`
    return unproven({ outcome: 'erased', detail })
  }
  const detail = `Leaf ${index + 1} of ${size}, anchored ${where} by ${anchorer}.`
  return { ...passed(detail), blockTime, blockNumber }
}
