/**
 * The deployment file: where Herald's contracts are on one chain (SPEC §7.4). Reading and writing of files is left to
 * scripts and commands.
 *
 * ```json
 * { "herald": "deployment", "version": 1, "chainId": 31337, "registry": "0x…", "anchor": "0x…",
 *   "transactions": { "registry": "0x…", "anchor": "0x…" } }
 * ```
 */
import type { Hex } from '../core/bytes.ts'
import { type Address, asAddress } from '../core/ids.ts'
import { parseJson } from '../wire/json-text.ts'
import { MalformedDeploymentError } from './errors.ts'

/** Where the contracts are. */
export interface Deployment {
  readonly chainId: number
  /** The AgentRegistry contract. */
  readonly registry: Address
  /** The MessageAnchor contract. */
  readonly anchor: Address
  /** The transactions that made them, 32 bytes each, where they are known. */
  readonly transactions?: { readonly registry: Hex; readonly anchor: Hex }
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

function transactionsOf(value: unknown): NonNullable<Deployment['transactions']> {
  const fields = fieldsOf('transactions', value, ['registry', 'anchor'])
  return {
    registry: hex('transactions.registry', fields['registry'], 32),
    anchor: hex('transactions.anchor', fields['anchor'], 32),
  }
}

function readJson(text: string): unknown {
  if (text.length > maxDeploymentLength) throw malformed('file', `at most ${maxDeploymentLength} characters`)
  try {
    return parseJson(text, kind)
  } catch {
    throw malformed('file', 'JSON with every field once')
  }
}

/**
 * Reads the text of a deployment file.
 *
 * @throws `registry.malformed_deployment`, naming the field
 */
export function parseDeployment(text: string): Deployment {
  const known = ['herald', 'version', 'chainId', 'registry', 'anchor', 'transactions']
  const fields = fieldsOf('file', readJson(text), known)
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

/** Writes the text of a deployment file. @throws InvalidArgumentError on an address that is none */
export function formatDeployment(deployment: Deployment): string {
  const { chainId, registry, anchor, transactions } = deployment
  const fields = { herald: kind, version, chainId, registry: asAddress(registry), anchor: asAddress(anchor) }
  return `${JSON.stringify(transactions === undefined ? fields : { ...fields, transactions }, undefined, 2)}\n`
}
