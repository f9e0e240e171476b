import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphConsumers } from './consumes.ts';
import { followHashtag, unfollowHashtag } from './follow-hashtag.ts';
import { followUser } from './follow-user.ts';
import { readImage } from './read-image.ts';
import { readImage as readStoredImage } from './store/relations.ts';
import {
  callOf,
  describeEvents,
  openTestGraph,
  readEvents,
  readHashtags,
  readPeople,
  type TestGraph,
} from './testing/test-graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({ hashtagLimit: 2 });
});
afterAll(() => graph.close());

test('a hashtag is followed once, however it is written, and shows in the image at once', async () => {
  const ann = graph.addPerson(1);
  for (const raw of ['Été', '#ete', 'ÉTÉ'])
    expect(await followHashtag(graph, callOf(ann), raw)).toEqual({ tag: 'ete' });
  expect(await readHashtags(graph)).toEqual([`${ann}#ete`]);
  expect(await readImage(graph, ann)).toMatchObject({ revision: 1n, value: { hashtags: ['ete'] } });
  expect(describeEvents(await readEvents(graph))).toEqual([`hashtag.followed ${ann}#ete`]);
});

test('it is no reason to build a timeline anew', async () => {
  const [ann, ben] = [graph.addPerson(2), graph.addPerson(3)];
  await followUser(graph, callOf(ann), ben);
  await followHashtag(graph, callOf(ann), 'tea');
  expect((await readPeople(graph)).get(ann)).toMatchObject({ revision: 2, followsRevision: 1 });
});

test('what ends keeps its interval; ending it again changes nothing', async () => {
  const ann = graph.addPerson(4);
  await followHashtag(graph, callOf(ann), 'tea');
  for (let time = 0; time < 2; time += 1)
    expect(await unfollowHashtag(graph, callOf(ann), '#Tea')).toEqual({ tag: 'tea' });
  expect((await readImage(graph, ann)).value.hashtags).toEqual([]);
  const { rows } = await graph.pool.query<{ tag: string; ms: number }>(
    'SELECT tag, extract(epoch FROM until - since)::int * 1000 AS ms FROM past_hashtag_follow WHERE user_id = $1',
    [ann],
  );
  expect(rows).toEqual([{ tag: 'tea', ms: 1_000 }]);
});

test('a person follows so many and no more, also at once; who has them all may repeat it', async () => {
  const ann = graph.addPerson(5);
  const results = await Promise.all(['a', 'b', 'c'].map((tag) => followHashtag(graph, callOf(ann), tag)));
  const refused = results.filter((result) => 'errors' in result);
  expect(refused).toMatchObject([{ errors: [{ code: 'LIMIT_REACHED', field: ['tag'] }] }]);
  const { hashtags } = (await readImage(graph, ann)).value;
  expect(hashtags).toHaveLength(2);
  for (const tag of hashtags) expect(await followHashtag(graph, callOf(ann), tag)).toEqual({ tag });
});

test('what is no hashtag is refused', async () => {
  const call = callOf(graph.addPerson(6));
  expect(await followHashtag(graph, call, 'two words')).toMatchObject({ errors: [{ code: 'MALFORMED' }] });
  expect(await followHashtag(graph, call, ' ')).toMatchObject({ errors: [{ code: 'EMPTY' }] });
  expect(await unfollowHashtag(graph, call, 'a\u0000b')).toMatchObject({ errors: [{ code: 'MALFORMED' }] });
});

test('an account that is not active changes nothing', async () => {
  const ann = graph.addPerson(7, { state: 'deactivated' });
  for (const act of [followHashtag, unfollowHashtag])
    expect(await act(graph, callOf(ann), 'tea')).toMatchObject({
      errors: [{ code: 'ACCOUNT_NOT_ACTIVE', field: null }],
    });
  expect((await readPeople(graph)).has(ann)).toBe(false);
});

test('an image that the mutation could not invalidate again goes with its event', async () => {
  const ann = graph.addPerson(8);
  const before = await readStoredImage(graph.pool, ann);
  await followHashtag(graph, callOf(ann), 'tea');
  const [event] = (await readEvents(graph)).filter(({ actorId }) => actorId === ann);
  const invalidated: ReadonlyMap<string, bigint>[] = [];
  const images = {
    ...graph.images,
    invalidate: async (some: ReadonlyMap<string, bigint>) => void invalidated.push(some),
  };
  const record = {
    topic: 'relation.v1',
    key: ann,
    value: JSON.stringify(event),
    headers: {},
    partition: 0,
    offset: 0n,
  };
  await graphConsumers({ ...graph, images })
    .find(({ group }) => group === 'graph-relations')
    ?.handle([{ ...record, appendedAt: 0 }]);
  expect(invalidated).toEqual([new Map([[ann, before.revision + 1n]])]);
});

test('an image that was cached before hashtags were kept is read from the store', async () => {
  const ann = graph.addPerson(9);
  await followHashtag(graph, callOf(ann), 'tea');
  const { revision, value } = await readStoredImage(graph.pool, ann);
  const { hashtags: _, ...old } = value;
  const images = {
    ...graph.images,
    getMany: async () => ({ images: new Map([[ann, { revision, value: old }]]), tickets: new Map() }),
  };
  expect((await readImage({ ...graph, images: images as unknown as TestGraph['images'] }, ann)).value.hashtags).toEqual(
    ['tea'],
  );
});
