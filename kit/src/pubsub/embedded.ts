import { createListeners } from './listeners.ts';
import type { PubSub } from './port.ts';

/** Push within this process. A message reaches a listener once for each of its channels that it was published to. */
export function createEmbeddedPubSub(): PubSub & { /** Channels somebody listens to. */ channelCount(): number } {
  const listeners = createListeners();
  return {
    async publish(channels, payload) {
      for (const channel of new Set(channels)) listeners.push(channel, payload);
    },
    async subscribe(channels, options = {}) {
      const { messages, change } = listeners.add(channels, options);
      return { ...messages, listenTo: async (next) => void change(next) };
    },
    close: async () => listeners.endAll(),
    channelCount: listeners.channelCount,
  };
}
