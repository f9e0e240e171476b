/** A map of at most so many entries, in this process; what was set or found longest ago goes first. */
export type BoundedMap<Key, Value> = {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
};

export function createBoundedMap<Key, Value>(max: number): BoundedMap<Key, Value> {
  const kept = new Map<Key, Value>();
  /** A map's order is that of insertion. */
  function set(key: Key, value: Value): void {
    kept.delete(key);
    kept.set(key, value);
    const [longestAgo] = kept.keys();
    if (kept.size > max && longestAgo !== undefined) kept.delete(longestAgo);
  }
  return {
    get(key) {
      const value = kept.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
  };
}
