/**
 * Fire-and-forget messages to whoever listens now.
 *
 * Promises of every adapter (tests/conformance/pubsub.conformance.ts):
 * - Whoever subscribed before `publish` was called gets the message once, in the publisher's order per channel.
 * - A channel without listeners costs next to nothing.
 * - A listener that does not keep up loses its oldest messages beyond `maxBuffered` and is told how many: it rereads.
 * - A listener whose messages may have been lost on the way, because a server was away, is told so as soon as it hears again:
 *   by a message with an empty payload and `dropped` above 0. It rereads as well; what is published from then on reaches it.
 * - If the server is away, `publish` and `subscribe` throw StarlingError UNAVAILABLE; standing subscriptions survive.
 */
export type PubSub = {
  /** The same payload to many channels. */
  publish(channels: readonly string[], payload: string): Promise<void>;
  /** Resolves once the subscription stands. Ends with `return()` of the iterator. */
  subscribe(channels: readonly string[], options?: { maxBuffered?: number }): Promise<Subscription>;
  close(): Promise<void>;
};

export type Subscription = AsyncIterableIterator<Message> & {
  /**
   * Listens to these channels from now on, and to no other; messages that have come stay. Resolves once that stands. If the
   * server is away it throws StarlingError UNAVAILABLE and goes on as before.
   */
  listenTo(channels: readonly string[]): Promise<void>;
};

export type Message = {
  channel: string;
  payload: string;
  /** Messages lost before this one; at least 1 where their number is not known. */
  dropped: number;
};
