import { LRUCache } from 'lru-cache';

/** A map of at most so many entries, in this process; what was set or found longest ago goes first. */
export type BoundedMap<Key, Value> = {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
};

/** With a bound of 0, which lru-cache has not, nothing stays. */
export function createBoundedMap<Key extends string, Value extends object | string | number | true>(
  max: number,
): BoundedMap<Key, Value> {
  if (max === 0) return { get: () => undefined, set: () => {} };
  const kept = new LRUCache<Key, Value>({ max });
  return { get: (key) => kept.get(key), set: (key, value) => void kept.set(key, value) };
}
