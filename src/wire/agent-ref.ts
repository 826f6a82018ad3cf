/** The binary form of an agent reference (SPEC §1.3): chain id u64, registry 20 bytes, address 20 bytes. */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Address } from '../core/ids.ts'
import { MalformedFieldError } from './errors.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Length in bytes. */
export const agentRefBytes = 48
const structure = 'agent reference'
const atLeastOne = 'at least 1'

/** Writes an agent reference into a structure. @throws MalformedFieldError on chain id 0, which no chain has */
export function writeAgentRef(writer: Writer, field: string, agent: AgentRef): Writer {
  if (agent.chainId === 0)
    throw new MalformedFieldError({ structure, field: `${field} chain id`, expected: atLeastOne })
  return writer
    .uint53(`${field} chain id`, agent.chainId)
    .hex(`${field} registry`, agent.registry, 20)
    .hex(`${field} address`, agent.address, 20)
}

/** Reads an agent reference out of a structure. @throws MalformedFieldError on chain id 0, which no chain has */
export function readAgentRef(reader: Reader, field: string): AgentRef {
  const chainId = reader.uint53(`${field} chain id`)
  if (chainId === 0) throw reader.malformed(`${field} chain id`, atLeastOne)
  return { chainId, registry: reader.hex<Address>(20), address: reader.hex<Address>(20) }
}

/** Decodes an agent reference by itself. @throws a `wire.*` error */
export function decodeAgentRef(bytes: Uint8Array): AgentRef {
  const reader = new Reader(bytes, structure, agentRefBytes)
  const agent = readAgentRef(reader, 'agent')
  reader.end()
  return agent
}

/** An agent reference by itself, 48 bytes. */
export function encodeAgentRef(agent: AgentRef): Uint8Array {
  return writeAgentRef(new Writer(agentRefBytes, structure), 'agent', agent).finish()
}
