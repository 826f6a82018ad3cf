/** What goes wrong between an agent and its user. */
import { HeraldError } from '../core/errors.ts'
import type { MessageId, Millis } from '../core/ids.ts'

/** The agent has no card of its own yet, so it can neither send nor open. */
export class NotRegisteredYetError extends HeraldError<{ account: string }> {
  constructor(facts: { account: string }) {
    super({
      name: 'Client.NotRegisteredYetError',
      code: 'client.not_registered_yet',
      retry: 'refresh',
      message: `${facts.account} has no card whose keys are kept here: call register() first`,
      facts,
    })
  }
}

/** No answer came in time. It may still come, as a message. */
export class RequestTimeoutError extends HeraldError<{ messageId: MessageId; timeout: Millis }> {
  constructor(facts: { messageId: MessageId; timeout: Millis }) {
    super({
      name: 'Client.RequestTimeoutError',
      code: 'client.request_timeout',
      retry: 'later',
      message: `no answer to request ${facts.messageId} within ${facts.timeout} ms`,
      facts,
    })
  }
}

/** The peer answered that it could not do what was asked. */
export class RequestFailedError extends HeraldError<{ messageId: MessageId; contentType: string }> {
  constructor(facts: { messageId: MessageId; contentType: string }) {
    super({
      name: 'Client.RequestFailedError',
      code: 'client.request_failed',
      retry: 'never',
      message: `the peer answered request ${facts.messageId} with a failure`,
      facts,
    })
  }
}

/** Anchoring is off: no contract and account were configured for it. */
export class AnchoringOffError extends HeraldError<object> {
  constructor() {
    super({
      name: 'Client.AnchoringOffError',
      code: 'client.anchoring_off',
      retry: 'never',
      message: 'anchoring is off: give createAgent the address of a MessageAnchor contract',
      facts: {},
    })
  }
}

/** Several senders used this message id; say whose message is meant. */
export class AmbiguousMessageError extends HeraldError<{ messageId: MessageId; count: number }> {
  constructor(facts: { messageId: MessageId; count: number }) {
    super({
      name: 'Client.AmbiguousMessageError',
      code: 'client.ambiguous_message',
      retry: 'never',
      message: `${facts.count} kept messages have the id ${facts.messageId}: name the sender's card too`,
      facts,
    })
  }
}

/** The agent was closed. */
export class AgentClosedError extends HeraldError<{ account: string }> {
  constructor(facts: { account: string }) {
    super({
      name: 'Client.AgentClosedError',
      code: 'client.agent_closed',
      retry: 'never',
      message: `the agent ${facts.account} was closed`,
      facts,
    })
  }
}
