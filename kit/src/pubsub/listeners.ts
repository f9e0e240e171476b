import { createListener, type Listener } from './listener.ts';
import type { Message } from './port.ts';

/** Who listens to what in this process. */
export type Listeners = {
  /** `onEmpty` hears of channels that nobody listens to any more. */
  add(channels: ReadonlySet<string>, options: { maxBuffered?: number | undefined }): AsyncIterableIterator<Message>;
  has(channel: string): boolean;
  push(channel: string, payload: string): void;
  /** Tells each listener of these channels once that it may have lost messages. */
  miss(channels: readonly string[]): void;
  endAll(): void;
  channelCount(): number;
};

export function createListeners({ onEmpty = () => {} }: { onEmpty?: (channels: string[]) => void } = {}): Listeners {
  const listenersOf = new Map<string, Set<Listener>>();

  function leave(channels: ReadonlySet<string>, listener: Listener): void {
    const empty: string[] = [];
    for (const channel of channels) {
      const listeners = listenersOf.get(channel);
      listeners?.delete(listener);
      if (listeners?.size !== 0) continue;
      listenersOf.delete(channel);
      empty.push(channel);
    }
    if (empty.length > 0) onEmpty(empty);
  }

  return {
    add(channels, { maxBuffered }) {
      const listener = createListener({ maxBuffered, onEnd: () => leave(channels, listener) });
      for (const channel of channels) {
        const listeners = listenersOf.get(channel) ?? new Set();
        listenersOf.set(channel, listeners.add(listener));
      }
      return listener.messages;
    },
    has: (channel) => listenersOf.has(channel),
    push(channel, payload) {
      for (const listener of listenersOf.get(channel) ?? []) listener.push(channel, payload);
    },
    miss(channels) {
      const told = new Set<Listener>();
      for (const channel of channels) {
        for (const listener of listenersOf.get(channel) ?? []) {
          if (!told.has(listener)) listener.miss(channel);
          told.add(listener);
        }
      }
    },
    endAll() {
      const all = new Set([...listenersOf.values()].flatMap((listeners) => [...listeners]));
      for (const listener of all) listener.end();
    },
    channelCount: () => listenersOf.size,
  };
}
