/**
 * Fire-and-forget messages to whoever listens now.
 *
 * Promises of every adapter (tests/conformance/pubsub.conformance.ts):
 * - Whoever subscribed before `publish` was called gets the message once, in the publisher's order per channel.
 * - A channel without listeners costs next to nothing.
 * - A listener that does not keep up loses its oldest messages beyond `maxBuffered` and is told how many: it rereads.
 */
export type PubSub = {
  /** The same payload to many channels. */
  publish(channels: readonly string[], payload: string): Promise<void>;
  /** Resolves once the subscription stands. Ends with `return()` of the iterator. */
  subscribe(channels: readonly string[], options?: { maxBuffered?: number }): Promise<AsyncIterableIterator<Message>>;
  close(): Promise<void>;
};

export type Message = { channel: string; payload: string; /** Messages lost before this one. */ dropped: number };
