import { isUnavailable } from '../postgres/unavailable.ts';
import type { RedisEntries } from './redis-entries.ts';

/** Deletions that could not reach Redis: kept here and tried until they do. */
export type Undelivered = {
  /** Resolves when Redis has deleted them, or when that is left for later. */
  delete(keys: readonly string[]): Promise<void>;
  clear(): Promise<void>;
  /** True if this process must not believe what Redis has under the key. */
  has(key: string): boolean;
  /** What lies in buckets that are back, past the gate and before anybody may use them again. */
  deliver(isBack: (key: string) => boolean): Promise<void>;
};

/** Beyond so many, everything is deleted instead. */
const MAX_KEYS = 10_000;
const RETRY_MS = 250;

export function createUndelivered(
  entries: Pick<RedisEntries, 'bucketOf' | 'delete' | 'clear' | 'endOlder'>,
  closing: AbortSignal,
): Undelivered {
  const keys = new Set<string>();
  let isClearing = false;
  let timer: NodeJS.Timeout | null = null;

  function keep(undelivered: readonly string[]): void {
    for (const key of undelivered) keys.add(key);
    if (keys.size > MAX_KEYS) {
      isClearing = true;
      keys.clear();
    }
    retryLater();
  }
  function retryLater(): void {
    if (closing.aborted || (keys.size === 0 && !isClearing)) return;
    timer ??= setTimeout(() => {
      timer = null;
      // While Redis is away this fails, and the next try comes by itself.
      deliverAll().catch(retryLater);
    }, RETRY_MS).unref();
  }
  async function deliverAll(): Promise<void> {
    if (isClearing) {
      await entries.clear();
      isClearing = false;
    }
    await deliverKeys([...keys], {});
  }
  async function deliverKeys(delivered: readonly string[], options: { pastGate?: boolean }): Promise<void> {
    if (delivered.length > 0) await entries.delete(delivered, options);
    for (const key of delivered) keys.delete(key);
    retryLater();
  }

  return {
    async delete(deleted) {
      if (!(await arrives(entries.delete(deleted)))) keep(deleted);
    },
    async clear() {
      if (await arrives(entries.clear())) return;
      isClearing = true;
      retryLater();
    },
    has: (key) => isClearing || keys.has(key),
    async deliver(isBack) {
      if (isClearing) await entries.endOlder(0, isBack);
      const back = [...keys].filter((key) => isBack(entries.bucketOf(key)));
      await deliverKeys(back, { pastGate: true });
    },
  };
}

/** False if Redis is away. */
async function arrives(sent: Promise<void>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return false;
  }
}
