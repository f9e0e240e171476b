import { createListeners } from './listeners.ts';
import type { PubSub } from './port.ts';

/** Push within this process. A message reaches a listener once for each of its channels that it was published to. */
export function createEmbeddedPubSub(): PubSub & { /** Channels somebody listens to. */ channelCount(): number } {
  const listeners = createListeners();
  return {
    async publish(channels, payload) {
      for (const channel of new Set(channels)) listeners.push(channel, payload);
    },
    subscribe: async (channels, options = {}) => listeners.add(new Set(channels), options),
    close: async () => listeners.endAll(),
    channelCount: listeners.channelCount,
  };
}
