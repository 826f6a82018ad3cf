/**
 * Where the AgentRegistry contract keeps what it records (SPEC §7.5): the storage slots of an agent's current card and
 * of a card's record, and the record in its packed form. Slot numbers come from the compiler.
 */
import { concatHex, keccak256, numberToHex, padHex } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { type Address, asCardId, type CardId } from '../core/ids.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { agentRegistryStorage } from './abi/agent-registry-storage.ts'
import { cardRecordOf, type RawRecord } from './card-record.ts'

type RecordField = keyof typeof agentRegistryStorage.record

/** The slot of a mapping's value: keccak256(key, left-padded to 32 bytes ‖ slot of the mapping). */
function valueSlot(key: Hex, mappingSlot: Hex): Hex {
  return keccak256(concatHex([padHex(key, { size: 32 }), mappingSlot]))
}

function slotNumber(slot: number): Hex {
  return numberToHex(slot, { size: 32 })
}

/** The slot, 32 bytes, that holds the id of an agent's current card. */
export function currentSlot(agent: Address): Hex {
  return valueSlot(agent, slotNumber(agentRegistryStorage.current))
}

/** The slot, 32 bytes, that holds the record of one of an agent's cards. */
export function recordSlot(agent: Address, cardId: CardId): Hex {
  return valueSlot(cardId, valueSlot(agent, slotNumber(agentRegistryStorage.records)))
}

/** The card id in a slot's word, or nothing for zero. */
export function decodeCurrent(word: bigint): CardId | undefined {
  return word === 0n ? undefined : asCardId(numberToHex(word, { size: 32 }))
}

/** The record in a slot's word, or nothing when the card was never published. */
export function decodeRecord(word: bigint): CardRecord | undefined {
  const fields = Object.entries(agentRegistryStorage.record) as [RecordField, { offset: number; bytes: number }][]
  const values = fields.map(([name, { offset, bytes }]) => [
    name,
    Number((word >> BigInt(8 * offset)) & ((1n << BigInt(8 * bytes)) - 1n)),
  ])
  return cardRecordOf(Object.fromEntries(values) as RawRecord)
}
