/** Appends of one batch: what is for the same mailbox is taken in together, whoever sent it, so that it lies together. */
import { packOutcomes, type StoreItem, unpackItems } from './packing.ts'
import type { MailboxQuota } from './port.ts'
import type { MailboxDatabase } from './sqlite-database.ts'
import type { StoreAnswers, StoreCall } from './sqlite-protocol.ts'

/** A call that takes messages in. */
export type AppendCall = Extract<StoreCall, { do: 'append' }>

/** Calls that are answered by one: their items one after the other. */
interface Group {
  readonly quota: MailboxQuota | undefined
  readonly items: StoreItem[]
  /** Each call's place in the batch, and where its items begin. */
  readonly calls: { readonly place: number; readonly from: number }[]
}

/** The same for calls that may go together: those with the same quota, each for one mailbox. */
function keyOf({ items: { mailboxes }, quota }: AppendCall): string | undefined {
  const [mailbox] = mailboxes
  if (mailboxes.some((other) => other !== mailbox)) return undefined
  return `${mailbox} ${quota?.maxMessages} ${quota?.maxBytes}`
}

function groupsOf(calls: readonly (readonly [place: number, AppendCall])[]): Group[] {
  const groups: Group[] = []
  const byKey = new Map<string, Group>()
  for (const [place, call] of calls) {
    const key = keyOf(call)
    const group = (key !== undefined && byKey.get(key)) || { quota: call.quota, items: [], calls: [] }
    if (group.calls.length === 0) groups.push(group)
    if (key !== undefined) byKey.set(key, group)
    group.calls.push({ place, from: group.items.length })
    group.items.push(...unpackItems(call.items))
  }
  return groups
}

/** Takes in what the calls bring. @returns the answer of each call, by its place */
export function appendAll(
  store: MailboxDatabase,
  calls: readonly (readonly [place: number, AppendCall])[],
): (readonly [place: number, StoreAnswers['append']])[] {
  return groupsOf(calls).flatMap((group) => {
    const outcomes = store.append(group.items, group.quota)
    return group.calls.map(({ place, from }, i) => {
      const end = group.calls[i + 1]?.from ?? outcomes.length
      return [place, packOutcomes(outcomes.slice(from, end))] as const
    })
  })
}
