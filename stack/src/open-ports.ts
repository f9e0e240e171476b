import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache, VersionedCache } from '@starling/kit/cache/port.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createEmbeddedEventLog, type EmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import type { Databases } from './databases.ts';

export type Ports = {
  log: EmbeddedEventLog;
  cache: Cache;
  versionedCache: <Value>(name: string, options?: { max?: number }) => VersionedCache<Value>;
  pubsub: ReturnType<typeof createEmbeddedPubSub>;
  close(): Promise<void>;
};

/** The in-process adapter of every port. */
export async function openPorts({ log: url }: Databases, logger: Logger): Promise<Ports> {
  const pool = createPool({
    url,
    name: 'log',
    onConnectionLost: (error) => logger.warn({ error }, 'A connection to the event log broke'),
  });
  const log = await createEmbeddedEventLog({ pool, logger });
  const pubsub = createEmbeddedPubSub();
  return {
    log,
    cache: createEmbeddedCache(),
    versionedCache: (_name, options) => createVersionedEmbeddedCache(options),
    pubsub,
    async close() {
      await pubsub.close();
      await log.close();
      await pool.end();
    },
  };
}
