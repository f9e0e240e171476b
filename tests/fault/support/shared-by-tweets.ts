import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import type { openTweets } from '@starling/tweets/open.ts';

export const ADA = '1234567890123456789';

/** What tweets needs beside its database, in a world of one person who has no relations. */
export function sharedByTweets(): Parameters<typeof openTweets>[1] {
  const ada = { id: ADA, handle: 'ada', name: 'Ada', state: 'active', isPrivate: false, revision: 1n };
  return {
    logger: createLogger({ name: 'test', level: 'silent' }),
    cache: createEmbeddedCache(),
    pubsub: createEmbeddedPubSub(),
    services: {
      users: { getUsers: async () => ({ users: [ada] }), getUsersByHandle: async () => ({ users: [] }) },
      graph: { getRelationsTo: async () => ({ relations: [] }) },
    },
  };
}
