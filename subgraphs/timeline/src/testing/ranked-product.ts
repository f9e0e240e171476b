import { followeesOf, type HomeEntry as Named } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { edgeRank } from '@starling/domain/ranking.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { countRankedAbove } from '../ranking/explain-rank.ts';
import { parseRankedCursor, rankedCursor } from '../ranking/ranked-place.ts';
import { readRanked, type RankedEntry } from '../ranking/read-ranked.ts';
import { CALL, createProduct, type ProductOptions } from './product.ts';
import type { World } from './world.ts';

export type RankedOptions = ProductOptions & { rankedCandidates?: number; rankedForMs?: number };

export type RankedPage = { entries: RankedEntry[]; endCursor: string | null; hasNextPage: boolean };

/** As `createProduct`, for the ranked order. What a viewer does tells in the ranking at once. */
export function createRankedProduct(world: World, options: RankedOptions = {}) {
  const { rankedCandidates = 5, rankedForMs = 1_000_000, ...rest } = options;
  const product = createProduct(world, rest);
  const images = createEmbeddedCache({ now: world.now });
  const deps = { ...product.deps, images, ranker: edgeRank, rankedCandidates, rankedForMs, affinityForMs: 1 };
  const ranked = async (viewerId: Id, first: number, after: string | null = null): Promise<RankedPage> => {
    const page = await readRanked(deps, CALL, { viewerId, first, after: parseRankedCursor(after, world.now()) });
    await deps.builder.settled();
    return { entries: page.kept, endCursor: page.end && rankedCursor(page.end), hasNextPage: page.hasNextPage };
  };
  return {
    ...product,
    deps,
    images,
    ranked,
    countRankedAbove: (viewerId: Id, tweetId: Id) => countRankedAbove(deps, CALL, { viewerId, tweetId }),
    /** Page by page to the end, with what happens between two pages. */
    async scroll(viewerId: Id, first: number, between: () => unknown = () => undefined): Promise<RankedEntry[]> {
      const entries: RankedEntry[] = [];
      for (let after: string | null = null; ;) {
        const page: RankedPage = await ranked(viewerId, first, after);
        entries.push(...page.entries);
        if (!page.hasNextPage) return entries;
        if (page.endCursor === after) throw new Error('the page did not go on');
        after = page.endCursor;
        await between();
      }
    },
  };
}

/** Whom each entry names. */
export function namesIn(entries: readonly RankedEntry[]): Named[] {
  return entries.map(({ facts, viewer }) => ({
    id: facts.id,
    followees: followeesOf([facts, ...facts.collapsed], viewer),
  }));
}
