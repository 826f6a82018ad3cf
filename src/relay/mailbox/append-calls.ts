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

/** Whether a call has to come after those before it: what it brings may be for the same mailbox as theirs. */
function isBarrier(key: string | undefined, { quota }: AppendCall, last: AppendCall | undefined): boolean {
  return (
    key === undefined || quota?.maxMessages !== last?.quota?.maxMessages || quota?.maxBytes !== last?.quota?.maxBytes
  )
}

/** Calls with the same key go together, where no other call between them may be for the same mailbox. */
function groupsOf(calls: readonly (readonly [place: number, AppendCall])[]): Group[] {
  const groups: Group[] = []
  const open = new Map<string, Group>()
  for (const [i, [place, call]] of calls.entries()) {
    const key = keyOf(call)
    if (isBarrier(key, call, calls[i - 1]?.[1])) open.clear()
    const known = key === undefined ? undefined : open.get(key)
    const group = known ?? { quota: call.quota, items: [], calls: [] }
    if (known === undefined) groups.push(group)
    if (key !== undefined) open.set(key, group)
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
