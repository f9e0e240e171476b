import { timeOfId } from '@starling/domain/ids.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { act, post } from './testing/operations.ts';
import { callOf, openTestTweets } from './testing/test-tweets.ts';

const call = callOf(null);

describe('ListByActors, and its ids alone', () => {
  it('equal what sorting everything gives, whatever the people, bounds, limit and moment', async () => {
    const own = await openTestTweets();
    const actors = Array.from({ length: 8 }, (_, index) => own.addPerson(`p${index}`));
    const ids: string[] = [];
    for (let index = 0; index < 120; index += 1) {
      const actor = actors[Math.floor((index * index) % 7)] ?? '';
      const target = ids[(index * 31) % Math.max(1, ids.length)];
      if (index % 3 === 2 && target) await act(own, actor, 'retweet', target);
      else
        ids.push(await post(own, actor, { text: `${index}`, ...(target && index % 5 === 0 && { replyToId: target }) }));
      if (index % 11 === 10 && target)
        await act(own, actors[index % 8] ?? '', index % 2 ? 'deleteTweet' : 'undoRetweet', target);
    }
    const { rows } = await own.pool.query<{ id: string; actor: string; undone: Date | null }>(`
      SELECT id, author_id AS actor, NULL::timestamptz AS undone FROM tweet WHERE state <> 'deleted'
      UNION ALL
      SELECT r.id, r.user_id, undone_at FROM retweet r JOIN tweet t ON t.id = r.tweet_id WHERE t.state <> 'deleted'
      ORDER BY id DESC`);
    expect(rows.some(({ undone }) => undone !== null)).toBe(true);
    const stood = (id: string, undone: Date | null, asOfMs: bigint | undefined) =>
      asOfMs === undefined
        ? undone === null
        : timeOfId(id) <= asOfMs && (undone === null || undone.getTime() > Number(asOfMs));
    const bound = fc.constantFrom('', ...rows.map(({ id }) => id));
    const moments = rows.flatMap(({ id, undone }) => [timeOfId(id), undone?.getTime() ?? timeOfId(id) - 1]);
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(actors),
        fc.record({
          beforeId: bound,
          afterId: bound,
          limit: fc.integer({ min: 1, max: 60 }),
          oldestFirst: fc.constantFrom(undefined, true),
          asOfMs: fc.constantFrom(undefined, 0n, ...moments.map(BigInt)),
          mayBeCached: fc.boolean(),
        }),
        async (actorIds, { beforeId, afterId, limit, oldestFirst, asOfMs, mayBeCached }) => {
          const asked = { actorIds, beforeId, afterId, limit, oldestFirst, asOfMs, mayBeCached };
          const { entries } = await own.rpc.listByActors(call, asked);
          const expected = (oldestFirst ? rows.toReversed() : rows).filter(
            ({ id, actor, undone }) =>
              stood(id, undone, asOfMs) &&
              actorIds.includes(actor) &&
              (beforeId === '' || id < beforeId) &&
              (afterId === '' || id > afterId),
          );
          expect(entries.map(({ id, actorId }) => ({ id, actor: actorId }))).toEqual(
            expected.slice(0, limit).map(({ id, actor }) => ({ id, actor })),
          );
          if (oldestFirst || asOfMs !== undefined) return;
          const { ids: alone } = await own.rpc.listIdsByActors(call, { actorIds, beforeId, afterId, limit });
          expect(alone).toEqual(entries.map(({ id }) => id));
        },
      ),
      { numRuns: 200 },
    );
    await own.close();
  });
});
