import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectionOf, fillPage, type FilledPage, type PageRequest } from './fill-page.ts';

type Entry = { at: number; isShown: boolean };
type Place = Pick<Entry, 'at'>;

/** A list in ascending order that counts what is read of it. */
function listOf(shown: readonly boolean[]) {
  const entries = shown.map((isShown, at): Entry => ({ at, isShown }));
  const kept: Entry[][] = [];
  return {
    entries,
    kept,
    page(request: PageRequest<Place>): Promise<FilledPage<Place, Entry>> {
      return fillPage<Place, Entry>(request, {
        read: async (after, limit) => entries.slice((after?.at ?? -1) + 1).slice(0, limit),
        async keep(some) {
          kept.push([...some]);
          return some.filter(({ isShown }) => isShown);
        },
      });
    },
  };
}

const HIDDEN = (count: number) => Array.from({ length: count }, () => false);
const SHOWN = (count: number) => Array.from({ length: count }, () => true);

describe('fillPage', () => {
  test('gives by pages what the filtered list is, whatever is hidden and however small the budget', async () => {
    const lists = fc.array(fc.boolean(), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(lists, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 25 }), readsAll),
      { numRuns: 500 },
    );
  });

  test('fills a page past what is hidden, and ends it at its last entry', async () => {
    const { kept, end, hasNextPage } = await listOf([...HIDDEN(9), ...SHOWN(9)]).page({ first: 2, after: null });
    expect(kept.map(({ at }) => at)).toEqual([9, 10]);
    expect(end).toMatchObject({ at: 10 });
    expect(hasNextPage).toBe(true);
  });

  test('is short, with more to come, where the budget ends first; it ends at the last entry examined', async () => {
    const { kept, end, hasNextPage } = await listOf([true, ...HIDDEN(50)]).page({ first: 2, after: null, budget: 30 });
    expect(kept).toHaveLength(1);
    expect(end).toMatchObject({ at: 29 });
    expect(hasNextPage).toBe(true);
  });

  test('promises no next page where all the rest of the list is seen to be hidden', async () => {
    const page = await listOf([...SHOWN(2), ...HIDDEN(3)]).page({ first: 2, after: null });
    expect(page).toMatchObject({ end: { at: 1 }, hasNextPage: false });
  });

  test('ends at the last entry shown where the list ends, so that its cursor names nobody who is hidden', async () => {
    const end = { end: { at: 0 }, hasNextPage: false };
    expect(await listOf([true, ...HIDDEN(3)]).page({ first: 2, after: null })).toMatchObject(end);
    expect(await listOf([true, ...HIDDEN(3)]).page({ first: 2, after: { at: 0 } })).toMatchObject(end);
    expect(await listOf(HIDDEN(3)).page({ first: 2, after: null })).toMatchObject({ end: null, hasNextPage: false });
  });

  test('ends where it began beyond the end of the list, and asks nobody about nothing', async () => {
    const list = listOf(SHOWN(3));
    expect(await list.page({ first: 2, after: { at: 2 } })).toEqual({ kept: [], end: { at: 2 }, hasNextPage: false });
    expect(await listOf([]).page({ first: 2, after: null })).toEqual({ kept: [], end: null, hasNextPage: false });
    expect(list.kept).toEqual([]);
  });
});

test('connectionOf makes the cursors of the entries and of the end', async () => {
  const page = await listOf([true, ...HIDDEN(20)]).page({ first: 2, after: null, budget: 8 });
  const cursorOf = ({ at }: Place) => `c${at}`;
  expect(connectionOf(page, { cursorOf, edgeOf: ({ at }) => ({ node: at }) })).toEqual({
    edges: [{ cursor: 'c0', node: 0 }],
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'c0', endCursor: 'c7' },
  });
});

async function readsAll(shown: boolean[], first: number, budget: number): Promise<void> {
  const list = listOf(shown);
  const all = list.entries.filter(({ isShown }) => isShown);
  const seen: Entry[] = [];
  for (let after: Place | null = null; ;) {
    list.kept.length = 0;
    const page = await list.page({ first, after, budget });
    const from: number = after === null ? 0 : after.at + 1;
    seen.push(...page.kept);
    expect(page.kept.length).toBeLessThanOrEqual(first);
    expect(list.kept.flat().length).toBeLessThanOrEqual(budget);
    if (!page.hasNextPage) break;
    // Nothing shown is passed over, and a short page has used its budget.
    expect(page.kept).toEqual(all.filter(({ at }) => at >= from && at <= (page.end?.at ?? -1)));
    expect(page.end?.at ?? -1).toBeGreaterThanOrEqual(from);
    if (page.kept.length < first) expect(list.kept.flat()).toHaveLength(budget);
    after = page.end;
  }
  expect(seen).toEqual(all);
}
