import { page, type Page } from './cursor.ts';

/** A list in a fixed order, read from places in it. An entry is its own place, and may tell more. */
export type PageSource<Place, Entry extends Place> = {
  /** Up to `limit` entries beyond a place (null: from the beginning); fewer only if there are no more. */
  read(after: Place | null, limit: number): Promise<readonly Entry[]>;
  /** Those of the entries that are to be shown, in their order: the very objects that were given. */
  keep(entries: readonly Entry[]): Promise<readonly Entry[]>;
};

export type PageRequest<Place> = {
  /** Entries wanted. */
  first: number;
  after: Place | null;
  /** Entries that may be examined; by default ten times the page and some. */
  budget?: number;
  /** Entries to read beyond the page, for a `keep` that looks ahead. */
  ahead?: number;
};

/** One page of a list that is filtered after reading. */
export type FilledPage<Place, Entry extends Place = Place> = {
  kept: Entry[];
  /** The last entry examined, kept or not, or the last one kept where the list ends; where the page began if there was none. */
  end: Place | null;
  hasNextPage: boolean;
};

/**
 * Reads and filters until `first` entries are kept, the list ends, or the budget is used up: then the page is short, and
 * `hasNextPage` is true. What was read beyond the page's last entry only tells whether there is more.
 */
export async function fillPage<Place, Entry extends Place>(
  { first, after, budget = defaultScanBudget(first), ahead = 0 }: PageRequest<Place>,
  { read, keep }: PageSource<Place, Entry>,
): Promise<FilledPage<Place, Entry>> {
  const kept: Entry[] = [];
  let end = after;
  for (let examined = 0; examined < budget;) {
    const missing = first - kept.length;
    const limit = Math.min(chunkSize(missing) + ahead, budget - examined);
    const entries = await read(end, limit);
    const isEnd = entries.length < limit;
    const found = entries.length === 0 ? [] : await keep(entries);
    kept.push(...found.slice(0, missing));
    if (found.length >= missing) {
      return { kept, end: kept.at(-1) ?? end, hasNextPage: found.length > missing || !isEnd };
    }
    // Nobody goes on from the end of a list, and a cursor tells its place to whoever reads it: so it is none of what is hidden.
    if (isEnd) return { kept, end: kept.at(-1) ?? after, hasNextPage: false };
    end = entries.at(-1) ?? end;
    examined += entries.length;
  }
  return { kept, end, hasNextPage: true };
}

/** The page as a Relay connection. */
export function connectionOf<Place, Entry extends Place, Edge extends object>(
  { kept, end, hasNextPage }: FilledPage<Place, Entry>,
  { cursorOf, edgeOf }: { cursorOf(place: Place): string; edgeOf(entry: Entry): Edge },
): Page<{ cursor: string } & Edge> {
  const edges = kept.map((entry) => ({ cursor: cursorOf(entry), ...edgeOf(entry) }));
  return page(edges, { hasNextPage, endCursor: end === null ? null : cursorOf(end) });
}

/** Somewhat more than is missing: a few hidden entries cost no second read, and the list's end is seen. */
function chunkSize(missing: number): number {
  return Math.ceil(missing * 1.25) + 5;
}

/** Bounds what a page may cost where nearly everything is filtered out. */
function defaultScanBudget(first: number): number {
  return first * 10 + 200;
}
