/** What an operation of the API is: the same over HTTP and over a WebSocket, and what OpenAPI says of it. */
import type { AgentRef } from '../../core/agent-ref.ts'
import type { MailboxId } from '../../core/ids.ts'
import type { Services } from '../services.ts'
import type { OpenSession } from '../sessions.ts'
import type { Fields, ObjectSchema, ReadFields } from './schema.ts'

/** One call of an operation. */
export interface Call {
  readonly services: Services
  /** Whose rate it counts against: the client's address, an IPv6 one by its /64. */
  readonly address: string
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
  /** The session that comes with the call. @throws SessionInvalidError when there is none, or it is over */
  session(): Promise<OpenSession>
  /** Whether a session comes with the call, good or not. */
  readonly hasSession: boolean
}

/** A call of a mailbox's owner. */
export interface OwnerCall extends Call {
  readonly mailbox: MailboxId
  readonly agent: AgentRef
}

/** What an operation answers. */
export interface Answer {
  readonly status: number
  /** An object goes as JSON, text as it is. */
  readonly body: object | string
  readonly headers?: Readonly<Record<string, string>>
}

/** Bytes in place of a JSON body, with what belongs to them in headers. */
export interface Octets {
  /** The parameter that the body is. */
  readonly field: string
  readonly maxBytes: number
  /** Parameters that stand in headers, by name. */
  readonly headers: Readonly<Record<string, string>>
}

/** Which rate a call counts against, before anything is done for it: the address's, or the session's for `call`. */
export type Rate = 'submit' | 'login' | 'lookup' | 'call' | 'none'

/** One operation. */
export interface Operation {
  /** The verb over a WebSocket, and OpenAPI's `operationId`. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `{name}` where a parameter stands in it. */
  readonly path: string
  readonly summary: string
  readonly access: 'anyone' | 'owner' | 'metrics'
  readonly rate: Rate
  readonly params: ObjectSchema
  readonly octets?: Octets
  /** The most bytes of a JSON body; 16 KiB when left out. */
  readonly maxBytes?: number
  /** What it answers when all is well, by status; text answers have a media type in place of a schema. */
  readonly answers: Readonly<Record<number, { readonly says: string; readonly body: ObjectSchema | string }>>
  run(call: Call, params: Readonly<Record<string, unknown>>): Promise<Answer>
}

type Definition<F extends Fields, C> = Omit<Operation, 'params' | 'run' | 'access'> & {
  readonly params: ObjectSchema<F>
  run(call: C, params: ReadFields<F>): Promise<Answer | object>
}

function asAnswer(operation: Pick<Operation, 'answers'>, result: Answer | object): Answer {
  if ('status' in result && 'body' in result) return result as Answer
  return { status: Number(Object.keys(operation.answers)[0]), body: result }
}

/** An operation for anybody. A plain object that it answers goes out with the first of its statuses. */
export function forAnyone<F extends Fields>(
  definition: Definition<F, Call>,
  access: 'anyone' | 'metrics' = 'anyone',
): Operation {
  return {
    ...definition,
    access,
    run: async (call, params) => asAnswer(definition, await definition.run(call, params as ReadFields<F>)),
  }
}

/** An operation for the owner of a mailbox, on that mailbox. */
export function forOwner<F extends Fields>(definition: Definition<F, OwnerCall>): Operation {
  return {
    ...definition,
    access: 'owner',
    run: async (call, params) => {
      const { mailbox, agent } = await call.session()
      return asAnswer(definition, await definition.run({ ...call, mailbox, agent }, params as ReadFields<F>))
    },
  }
}
