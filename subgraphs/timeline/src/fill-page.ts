import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';

/** A place in a timeline; `facts` is null where the entry has gone meanwhile. */
export type Candidate = { id: Id; facts: EntryFacts | null };

/** Every candidate there is from the asked position down to `resumeAt` (exclusive bound of the next read), newest first. */
export type Chunk = { candidates: Candidate[]; resumeAt: Id; /** True if nothing lies beyond. */ ended: boolean };

export type Page = {
  entries: EntryFacts[];
  /** The last entry examined, shown or not; where the page began if there was none. */
  endId: Id | null;
  hasNextPage: boolean;
};

export type PageSource = {
  /** Newest candidates below `beforeId`, at most `limit`. */
  read(beforeId: Id, limit: number): Promise<Chunk>;
  /** Those that are to be shown. */
  keep(entries: readonly EntryFacts[]): Promise<readonly EntryFacts[]>;
};

/** Bounds what one page may cost where nearly everything is filtered out. */
export function defaultScanBudget(first: number): number {
  return first * 10 + 200;
}

/** A page filled after filtering. Short with `hasNextPage` true where the budget of examined candidates ran out. */
export async function fillPage(
  { first, afterId, budget }: { first: number; afterId: Id | null; budget: number },
  source: PageSource,
): Promise<Page> {
  const entries: EntryFacts[] = [];
  let position = afterId ?? AFTER_EVERY_ID;
  let endId = afterId;
  for (let examined = 0; examined < budget;) {
    const chunk = await source.read(position, Math.min(chunkSize(first), budget - examined));
    const kept = await source.keep(chunk.candidates.flatMap(({ facts }) => facts ?? []));
    const missing = first - entries.length;
    entries.push(...kept.slice(0, missing));
    if (kept.length >= missing) {
      return { entries, endId: entries.at(-1)?.id ?? endId, hasNextPage: kept.length > missing || !chunk.ended };
    }
    endId = chunk.candidates.at(-1)?.id ?? endId;
    if (chunk.ended) return { entries, endId, hasNextPage: false };
    examined += chunk.candidates.length;
    position = chunk.resumeAt;
  }
  return { entries, endId, hasNextPage: true };
}

/** Somewhat more than a page, since some candidates do not stay. */
function chunkSize(first: number): number {
  return Math.ceil(first * 1.5) + 10;
}
