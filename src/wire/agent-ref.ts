/** The binary form of an agent reference (SPEC §1.3): chain id u64, registry 20 bytes, address 20 bytes. */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Address } from '../core/ids.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Length in bytes. */
export const agentRefBytes = 48

/** Writes an agent reference into a structure. */
export function writeAgentRef(writer: Writer, field: string, agent: AgentRef): Writer {
  return writer
    .uint53(`${field} chain id`, agent.chainId)
    .hex(`${field} registry`, agent.registry, 20)
    .hex(`${field} address`, agent.address, 20)
}

/** Reads an agent reference out of a structure. */
export function readAgentRef(reader: Reader, field: string): AgentRef {
  return {
    chainId: reader.uint53(`${field} chain id`),
    registry: reader.hex<Address>(20),
    address: reader.hex<Address>(20),
  }
}

/** Decodes an agent reference by itself. @throws a `wire.*` error */
export function decodeAgentRef(bytes: Uint8Array): AgentRef {
  const reader = new Reader(bytes, 'agent reference', agentRefBytes)
  const agent = readAgentRef(reader, 'agent')
  reader.end()
  return agent
}

/** An agent reference by itself, 48 bytes. */
export function encodeAgentRef(agent: AgentRef): Uint8Array {
  return writeAgentRef(new Writer(agentRefBytes, 'agent reference'), 'agent', agent).finish()
}
