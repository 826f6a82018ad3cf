/**
 * Where Herald's contracts are on one chain, and the deployment file that says so (SPEC §7.4): one for each chain,
 * `deployments/<chain id>.json`. Reading and writing of files is left to scripts and commands.
 *
 * ```json
 * { "herald": "deployment", "version": 1, "chainId": 31337, "registry": "0x…", "anchor": "0x…",
 *   "transactions": { "registry": "0x…", "anchor": "0x…" } }
 * ```
 */
import type { Hex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, asAddress } from '../core/ids.ts'
import { parseJson } from '../wire/json-text.ts'
import { canonicalAddresses } from './abi/canonical-addresses.ts'
import { MalformedDeploymentError, NoDeploymentError } from './deployment-errors.ts'

/** Where the contracts are. */
export interface Deployment {
  readonly chainId: number
  /** The AgentRegistry contract. */
  readonly registry: Address
  /** The MessageAnchor contract. */
  readonly anchor: Address
  /** The transactions that made them, 32 bytes each, as far as they are known. */
  readonly transactions?: { readonly registry?: Hex; readonly anchor?: Hex }
}

const kind = 'deployment'
const version = 1
/** A deployment file is at most this long. */
const maxDeploymentLength = 65_536

type Fields = Readonly<Record<string, unknown>>

function malformed(field: string, expected: string): MalformedDeploymentError {
  return new MalformedDeploymentError({ field, expected })
}

function fieldsOf(place: string, value: unknown, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(place, 'an object')
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  // The name is the file's own text, so it is not repeated.
  if (unknown !== undefined) throw malformed(place, `without fields other than ${known.join(', ')}`)
  return value as Fields
}

function constant(fields: Fields, name: string, value: string | number): void {
  if (fields[name] !== value) throw malformed(name, JSON.stringify(value))
}

function hex<Text extends Hex>(place: string, value: unknown, bytes: number): Text {
  const digits = new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`)
  if (typeof value !== 'string' || !digits.test(value)) throw malformed(place, `${bytes} bytes of 0x hexadecimal`)
  return value.toLowerCase() as Text
}

function chainIdOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw malformed('chainId', 'a whole number from 1 to 2^53 - 1')
  return value
}

const contractNames = ['registry', 'anchor'] as const

function transactionsOf(value: unknown): NonNullable<Deployment['transactions']> {
  const fields = fieldsOf('transactions', value, contractNames)
  const known = contractNames.filter((name) => fields[name] !== undefined)
  return Object.fromEntries(known.map((name) => [name, hex(`transactions.${name}`, fields[name], 32)]))
}

function readJson(text: string): unknown {
  if (text.length > maxDeploymentLength) throw malformed('file', `at most ${maxDeploymentLength} characters`)
  try {
    return parseJson(text, kind)
  } catch {
    throw malformed('file', 'JSON with every field once')
  }
}

/** Reads a deployment. @param value what a deployment file holds, parsed @throws `registry.malformed_deployment` */
function asDeployment(value: unknown): Deployment {
  const known = ['herald', 'version', 'chainId', 'registry', 'anchor', 'transactions']
  const fields = fieldsOf('file', value, known)
  constant(fields, 'herald', kind)
  constant(fields, 'version', version)
  const deployment = {
    chainId: chainIdOf(fields['chainId']),
    registry: hex<Address>('registry', fields['registry'], 20),
    anchor: hex<Address>('anchor', fields['anchor'], 20),
  }
  if (fields['transactions'] === undefined) return deployment
  return { ...deployment, transactions: transactionsOf(fields['transactions']) }
}

/**
 * Reads the text of a deployment file.
 *
 * @throws `registry.malformed_deployment`, naming the field
 */
export function parseDeployment(text: string): Deployment {
  return asDeployment(readJson(text))
}

/** Where this version's contracts are on a chain once they are deployed there: at the same addresses on each. */
export function canonicalDeployment(chainId: number): Deployment {
  const { agentRegistry, messageAnchor } = canonicalAddresses
  return { chainId, registry: asAddress(agentRegistry), anchor: asAddress(messageAnchor) }
}

/**
 * The deployment of a chain: the one among those given, or the canonical one when none are.
 *
 * @throws `registry.no_deployment` when some are given, and none for this chain; InvalidArgumentError on no list
 */
export function deploymentFor(chainId: number, deployments?: readonly Deployment[]): Deployment {
  if (deployments === undefined) return canonicalDeployment(chainId)
  if (!Array.isArray(deployments)) throw new InvalidArgumentError({ argument: 'deployments', expected: 'a list' })
  const found = deployments.find((deployment) => deployment.chainId === chainId)
  if (found === undefined) throw new NoDeploymentError({ chainId, known: deployments.map((each) => each.chainId) })
  return found
}

/** Writes the text of a deployment file. @throws InvalidArgumentError on an address that is none */
export function formatDeployment(deployment: Deployment): string {
  const { chainId, registry, anchor, transactions } = deployment
  const fields = { herald: kind, version, chainId, registry: asAddress(registry), anchor: asAddress(anchor) }
  return `${JSON.stringify(transactions === undefined ? fields : { ...fields, transactions }, undefined, 2)}\n`
}
