import type { Id } from '@starling/domain/ids.ts';

/** Whose timelines were read here lately: the last so many, each once. */
export type RecentReaders = {
  note(viewerId: Id): void;
  /** Somebody by chance, who is forgotten until the next read; null if there is nobody. `chance` is at least 0 and below 1. */
  draw(chance?: number): Id | null;
};

const MOST = 1_000;

export function createRecentReaders(most = MOST): RecentReaders {
  const readers = new Set<Id>();
  return {
    note(viewerId) {
      readers.delete(viewerId);
      readers.add(viewerId);
      const [longestAgo] = readers;
      if (readers.size > most && longestAgo !== undefined) readers.delete(longestAgo);
    },
    draw(chance = Math.random()) {
      const drawn = [...readers][Math.floor(chance * readers.size)] ?? null;
      if (drawn !== null) readers.delete(drawn);
      return drawn;
    },
  };
}
