import { createListener, type Listener } from './listener.ts';
import type { Message } from './port.ts';

/** Who listens to what in this process. */
export type Listeners = {
  /** `onEmpty` hears of channels that nobody listens to any more. */
  add(channels: readonly string[], options: { maxBuffered?: number | undefined }): Added;
  has(channel: string): boolean;
  push(channel: string, payload: string): void;
  /** Tells each listener of these channels once that it may have lost messages. */
  miss(channels: readonly string[]): void;
  endAll(): void;
  channelCount(): number;
};

export type Added = {
  messages: AsyncIterableIterator<Message>;
  /** From now on these channels, and no other. False if it has ended. */
  change(channels: readonly string[]): boolean;
};

export function createListeners({ onEmpty = () => {} }: { onEmpty?: (channels: string[]) => void } = {}): Listeners {
  const { listenersOf, join, leave } = createChannels(onEmpty);

  return {
    add(channels, { maxBuffered }) {
      let mine: ReadonlySet<string> | null = new Set(channels);
      const onEnd = () => {
        if (mine) leave(mine, listener);
        mine = null;
      };
      const listener = createListener({ maxBuffered, onEnd });
      join(mine, listener);
      return {
        messages: listener.messages,
        change(next) {
          if (mine === null) return false;
          const before = mine;
          const wanted = new Set(next);
          join(wanted, listener);
          leave(
            [...before].filter((channel) => !wanted.has(channel)),
            listener,
          );
          mine = wanted;
          return true;
        },
      };
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

function createChannels(onEmpty: (channels: string[]) => void) {
  const listenersOf = new Map<string, Set<Listener>>();
  return {
    listenersOf: listenersOf as ReadonlyMap<string, ReadonlySet<Listener>>,
    join(channels: Iterable<string>, listener: Listener): void {
      for (const channel of channels) {
        const listeners = listenersOf.get(channel) ?? new Set();
        listenersOf.set(channel, listeners.add(listener));
      }
    },
    leave(channels: Iterable<string>, listener: Listener): void {
      const empty: string[] = [];
      for (const channel of channels) {
        const listeners = listenersOf.get(channel);
        listeners?.delete(listener);
        if (listeners?.size !== 0) continue;
        listenersOf.delete(channel);
        empty.push(channel);
      }
      if (empty.length > 0) onEmpty(empty);
    },
  };
}
