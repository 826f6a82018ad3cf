/**
 * Verifies a proof with nothing but an RPC endpoint (SPEC §6.4): who said what to whom, and by when. A proof that is
 * wrong fails in its check, and never throws; what throws is a file that is no proof (`wire.*`) and an endpoint that
 * cannot be asked (`registry.*`). The endpoint is trusted to tell what is on the chain: ask your own node, or several.
 */
import { defaultBackend } from '#crypto-backend'
import { formatAccountId } from '../core/agent-ref.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { asAddress, type Seconds } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { openRpc, type Rpc, type RpcProvider } from '../registry/rpc.ts'
import { asProof, decodeProof, type Proof } from '../wire/proof.ts'
import { checkKnownNow, checkKnownThen, checkWhenSigned, laterClaimOf } from './card-validity.ts'
import {
  type AnchoredFinding,
  checkAnchored,
  checkChain,
  checkPublished,
  type PublishedFinding,
} from './chain-checks.ts'
import { checkContent, checkRecipient, checkSignature, type Evidence, readEvidence } from './statement-checks.ts'
import {
  type Check,
  type CheckName,
  checkNames,
  type Finding,
  type LaterClaim,
  notChecked,
  type Verification,
  verdictOf,
} from './verification.ts'

/** What a proof is verified with. */
export interface VerifyOptions {
  /** The URL of an RPC endpoint, or anything that answers JSON-RPC: a viem client, a wallet in a browser. */
  readonly client: { readonly rpcUrl: string } | RpcProvider
  /**
   * The one registry to rely on. When left out, any on the chain will do whose code is this package's AgentRegistry,
   * since that code lets nobody publish for another.
   */
  readonly registry?: string
  /** The primitives; the platform's own when left out. */
  readonly backend?: CryptoBackend
}

type Findings = Readonly<Record<CheckName, Finding>>

function readProof(proof: Proof | string | Uint8Array): Proof {
  return typeof proof === 'string' || proof instanceof Uint8Array ? decodeProof(proof) : asProof(proof)
}

function open(client: VerifyOptions['client'] | undefined): Rpc {
  if (typeof client !== 'object' || client === null)
    throw new InvalidArgumentError({ argument: 'client', expected: '{ rpcUrl } or an EIP-1193 provider' })
  return 'rpcUrl' in client ? openRpc({ rpcUrl: client.rpcUrl }) : openRpc({ client })
}

type ValidityName = Extract<CheckName, `card_valid_${string}`>

/** What the checks at the anchor's time say when no block provably holds the message. */
function withoutAnchor({ outcome }: Finding): Finding {
  if (outcome === 'not_anchored') return { outcome, detail: 'The message was not anchored.' }
  if (outcome === 'erased') return { outcome, detail: 'Opening erased: the time of the anchor says nothing any more.' }
  return notChecked('No block is shown to hold the message.')
}

function checkValidity(
  evidence: Evidence,
  signature: Finding,
  { record }: PublishedFinding,
  anchored: AnchoredFinding,
): Pick<Findings, ValidityName> & { laterClaim?: LaterClaim | undefined } {
  const { statement } = evidence
  if (record === undefined || statement === undefined || signature.outcome !== 'passed') {
    const skipped = notChecked(record ? 'The statement is not signed.' : 'The sender is not known to hold the card.')
    return {
      card_valid_when_signed: skipped,
      card_valid_when_anchored_known_then: skipped,
      card_valid_when_anchored_known_now: skipped,
    }
  }
  const anchoredAt: Seconds | undefined = anchored.blockTime
  const times = { record, created: statement.created, anchoredAt }
  const missing = withoutAnchor(anchored)
  return {
    card_valid_when_signed: checkWhenSigned(times),
    card_valid_when_anchored_known_then: anchoredAt === undefined ? missing : checkKnownThen(times, anchoredAt),
    card_valid_when_anchored_known_now: anchoredAt === undefined ? missing : checkKnownNow(times, anchoredAt),
    laterClaim: laterClaimOf(times),
  }
}

/** The chain's part, when it is the right chain. */
async function askChain(
  rpc: Rpc,
  backend: CryptoBackend,
  evidence: Evidence,
  chain: Finding,
): Promise<[PublishedFinding, AnchoredFinding]> {
  if (chain.outcome === 'passed')
    return [await checkPublished(rpc, backend, evidence), await checkAnchored(rpc, backend, evidence)]
  const skipped = notChecked('The chain or its registry is not the right one.')
  return [
    { ...skipped, record: undefined },
    { ...skipped, blockTime: undefined, blockNumber: undefined },
  ]
}

/**
 * Verifies a proof.
 *
 * @param proof the file's text or bytes, or what they decode to
 * @example
 * const { verdict, checks } = await verifyProof(file, { client: { rpcUrl: 'http://127.0.0.1:8545' } })
 * @throws a `wire.*` error when it is no proof, a `registry.*` error when the endpoint cannot be asked,
 * InvalidArgumentError on a URL or registry that is none
 */
export async function verifyProof(proof: Proof | string | Uint8Array, options: VerifyOptions): Promise<Verification> {
  const { client, registry, backend = defaultBackend } = options ?? {}
  const evidence = readEvidence(backend, readProof(proof))
  const rpc = open(client)
  const chain = await checkChain(rpc, evidence.proof, registry === undefined ? undefined : asAddress(registry))
  const [published, anchored] = await askChain(rpc, backend, evidence, chain)
  const signature = checkSignature(backend, evidence)
  const { laterClaim, ...validity } = checkValidity(evidence, signature, published, anchored)
  const findings: Findings = {
    chain,
    signature,
    card_published: published,
    ...validity,
    content_matches: checkContent(backend, evidence),
    recipient_matches: checkRecipient(backend, evidence),
    anchored,
  }
  return answer(evidence, findings, anchored, laterClaim)
}

function answer(
  { proof, cardId, statement, content }: Evidence,
  findings: Findings,
  { blockTime, blockNumber }: AnchoredFinding,
  laterClaim: LaterClaim | undefined,
): Verification {
  const checks = checkNames.map((name): Check => {
    const { outcome, detail } = findings[name]
    return { name, outcome, detail }
  })
  // What nobody signed is not handed on as if somebody had.
  const isSigned = (name: CheckName) =>
    [findings.signature, findings[name]].every(({ outcome }) => outcome === 'passed')
  const recipient = isSigned('recipient_matches') ? proof.binding?.recipient : undefined
  return {
    verdict: verdictOf(checks),
    checks,
    sender: formatAccountId({ chainId: proof.chainId, address: proof.sender }),
    card: cardId,
    created: statement?.created,
    anchoredAt: blockTime === undefined ? undefined : blockTime * 1000,
    block: blockNumber === undefined ? undefined : Number(blockNumber),
    content: isSigned('content_matches') ? content : undefined,
    recipient: recipient && formatAccountId(recipient),
    laterClaim,
  }
}
