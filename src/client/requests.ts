/** Requests and the answers they wait for. An answer counts only from the agent that was asked. */
import { type AgentRef, sameAgent } from '../core/agent-ref.ts'
import type { MessageId, Millis } from '../core/ids.ts'
import { RequestFailedError, RequestTimeoutError } from './errors.ts'
import type { ReceivedMessage } from './received-message.ts'

interface Waiting {
  readonly asked: AgentRef
  readonly answer: PromiseWithResolvers<ReceivedMessage>
}

/** The requests that are open. */
export interface Requests {
  /** Starts to wait. The answer rejects with RequestTimeoutError or RequestFailedError. */
  open(messageId: MessageId, asked: AgentRef, timeout: Millis): Promise<ReceivedMessage>
  /** Stops to wait, because the request could not be sent. */
  cancel(messageId: MessageId, error: unknown): void
  /** Hands a message to the request it answers; false when there is none. */
  settle(message: ReceivedMessage): boolean
  /** Ends all waiting. */
  close(error: unknown): void
}

/** Creates an empty set of open requests. */
export function createRequests(): Requests {
  const waiting = new Map<MessageId, Waiting>()
  return {
    async open(messageId, asked, timeout) {
      const answer = Promise.withResolvers<ReceivedMessage>()
      waiting.set(messageId, { asked, answer })
      const timer = setTimeout(() => answer.reject(new RequestTimeoutError({ messageId, timeout })), timeout)
      try {
        return await answer.promise
      } finally {
        clearTimeout(timer)
        waiting.delete(messageId)
      }
    },
    cancel: (messageId, error) => waiting.get(messageId)?.answer.reject(error),
    settle(message) {
      const open = message.inReplyTo && waiting.get(message.inReplyTo)
      const answers = message.kind === 'response' || message.kind === 'failure'
      if (!open || !answers || !sameAgent(open.asked, message.sender)) return false
      const { inReplyTo: messageId, contentType } = message as { inReplyTo: MessageId; contentType: string }
      if (message.kind === 'failure') open.answer.reject(new RequestFailedError({ messageId, contentType }))
      else open.answer.resolve(message)
      return true
    },
    close(error) {
      for (const { answer } of waiting.values()) answer.reject(error)
    },
  }
}
