/**
 * What the load needs of a message broker: Herald's relay and each peer have a client of this shape, so that all of them
 * get the same load from the same code.
 */

/** How a client reaches a server; what is in it is between the two. */
export type Connection = Readonly<Record<string, unknown>>

/** Hands messages in. */
export interface Producer {
  /** Sends a message. @param onConfirmed called with the broker's acknowledgement */
  publish(body: Uint8Array, onConfirmed: () => void): void
}

/** What a consumer tells. A consumer acknowledges by itself, in batches where its protocol has them. */
export interface ConsumerEvents {
  /** A message is here. */
  delivered(body: Uint8Array): void
  /** So many acknowledgements are confirmed by the broker, or were sent where it confirms none. */
  settled(count: number): void
}

/** A client of one broker. */
export interface BrokerClient {
  /** Makes a queue if it is not there, and removes what is in it. */
  empty(queue: number): Promise<void>
  /** @param queue 0 and up */
  producer(queue: number): Promise<Producer>
  /** @param window how many messages it may hold without having acknowledged them */
  consumer(queue: number, window: number, events: ConsumerEvents): Promise<void>
  close(): Promise<void>
}

/** Connects a client. @param queues how many there are */
export type Connect = (connection: Connection, queues: number) => Promise<BrokerClient>

/** A load: `accept` has no consumers, `flow` and `paced` have one a queue. */
export interface Load {
  /** `herald`, `herald-http`, or a peer's name. */
  readonly client: string
  readonly connection: Connection
  /** Each with one producer, which writes to it alone, and in `flow` and `paced` one consumer. */
  readonly queues: number
  /** Messages of one producer that are on their way, and messages that one consumer may hold. */
  readonly window: number
  readonly bodyBytes: number
  readonly kind: 'accept' | 'flow' | 'paced'
  /** Of `paced`: messages a second of all producers together. */
  readonly perSecond: number
  readonly warmMillis: number
  readonly measureMillis: number
}

/** What a load gave. */
export interface LoadResult {
  /** Messages finished within the measured time: confirmed, and in `flow` and `paced` acknowledged too. */
  readonly messages: number
  readonly millis: number
  /** CPU time of the client's process in that time, microseconds. */
  readonly clientCpuMicros: number
  /** Messages that came twice, or not in the order in which they were sent, or did not come at all. */
  readonly outOfOrder: number
  readonly missing: number
  /** Of `paced`: from the time at which a message was to be sent to its arrival, milliseconds. */
  readonly latency?: Latency
}

/** A distribution, milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** How late the load itself sent, which is part of the figures above. */
  readonly sentLateP50: number
  readonly sentLateP99: number
}

/** What the process that makes the load says to the one that started it. */
export type LoadMessage = { readonly say: 'begin' | 'end' } | { readonly say: 'result'; readonly result: LoadResult }
