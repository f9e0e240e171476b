import type { IndexHit, SortKey } from '@starling/kit/search-index/port.ts';

export type HitPage = {
  hits: IndexHit[];
  /** The last hit examined, shown or not; where the page began if there was none. */
  end: SortKey | null;
  hasNextPage: boolean;
};

export type HitSource = {
  /** The best `limit` hits beyond `after`; fewer only if there are no more. */
  read(after: SortKey | null, limit: number): Promise<readonly IndexHit[]>;
  /** Ids of those to be shown. */
  keep(ids: readonly string[]): Promise<ReadonlySet<string>>;
};

/** A page filled after filtering. Short with `hasNextPage` true where the budget of examined hits ran out. */
export async function fillPage(
  { first, after, budget }: { first: number; after: SortKey | null; budget: number },
  source: HitSource,
): Promise<HitPage> {
  const hits: IndexHit[] = [];
  let end = after;
  for (let examined = 0; examined < budget;) {
    const limit = Math.min(chunkSize(first), budget - examined);
    const chunk = await source.read(end, limit);
    const kept = await source.keep(chunk.map(({ id }) => id));
    for (const [at, hit] of chunk.entries()) {
      end = { score: hit.score, id: hit.id };
      if (kept.has(hit.id)) hits.push(hit);
      if (hits.length === first) {
        const moreHere = chunk.slice(at + 1).some(({ id }) => kept.has(id));
        return { hits, end, hasNextPage: moreHere || chunk.length === limit };
      }
    }
    if (chunk.length < limit) return { hits, end, hasNextPage: false };
    examined += chunk.length;
  }
  return { hits, end, hasNextPage: true };
}

/** Somewhat more than a page, since some hits do not stay. */
function chunkSize(first: number): number {
  return Math.ceil(first * 1.25) + 5;
}
