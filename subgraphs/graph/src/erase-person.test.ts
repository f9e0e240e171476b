import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import { afterEach, expect, test, vi } from 'vitest';
import type { UserEvent } from '@starling/schema/events/user-v1.ts';
import { blockUser } from './block-user.ts';
import { graphConsumers } from './consumes.ts';
import { erasePerson } from './erase-person.ts';
import { followHashtag, unfollowHashtag } from './follow-hashtag.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { muteUser } from './mute-user.ts';
import { noteProfileOpens } from './profile-opens.ts';
import { readImage } from './read-image.ts';
import { insertProfileOpens } from './store/profile-opens.ts';
import { deletePublishedEvents } from './store/published-events.ts';
import {
  callOf,
  describeEvents,
  openTestGraph,
  readEdges,
  readEvents,
  readHashtags,
  readPeople,
  readProfileOpens,
  type TestGraph,
} from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

let graph: TestGraph;
afterEach(() => graph.close());

function consume(event: UserEvent): Promise<void> | undefined {
  const value = JSON.stringify(event);
  const record = { topic: 'user.v1', key: event.userId, value, headers: {}, partition: 0, offset: 0n, appendedAt: 0 };
  return graphConsumers(graph)
    .find(({ group }) => group === 'graph-users')
    ?.handle([record]);
}

const envelope = { eventId: 'e', revision: 7, version: 1, at: 1 } as const;

test('an erased person leaves nothing but a revision, in batches, and others keep true counters and hear of it', async () => {
  graph = await openTestGraph({ eraseBatchSize: 2 });
  const gone = graph.addPerson(1);
  const others = [2, 3, 4, 5, 6, 7].map((index) => graph.addPerson(index));
  const [ann = '', ben = '', cat = '', dan = '', eve = '', fay = ''] = others;
  for (const other of [ann, ben, cat]) await followUser(graph, callOf(other), gone);
  for (const other of [ann, dan]) await followUser(graph, callOf(gone), other);
  await followUser(graph, callOf(ann), ben);
  await unfollowUser(graph, callOf(ben), gone);
  await blockUser(graph, callOf(eve), gone);
  await blockUser(graph, callOf(gone), fay);
  await muteUser(graph, callOf(dan), gone);
  for (const tag of ['tea', 'cake', 'jam', 'rum']) await followHashtag(graph, callOf(gone), tag);
  await unfollowHashtag(graph, callOf(gone), 'rum');
  await followHashtag(graph, callOf(ann), 'tea');
  const opens = [
    [gone, ann],
    [gone, ben],
    [gone, cat],
    [dan, gone],
    [eve, gone],
    [ann, ben],
  ] as [string, string][];
  await noteProfileOpens(
    graph,
    opens.map(([viewerId, userId]) => ({ viewerId, userId, slotMs: 0 })),
  );
  graph.addPerson(5, { isPrivate: true });
  await readImage(graph, eve);
  await graph.pool.query('UPDATE outbox SET published_at = now()');

  await consume({ ...envelope, type: 'user.erased', userId: gone });

  expect(await readEdges(graph)).toEqual({ follow: [`${ann}>${ben}`], follow_request: [], block: [], mute: [] });
  expect((await graph.pool.query('SELECT FROM past_follow')).rowCount).toBe(0);
  expect(await readHashtags(graph)).toEqual([`${ann}#tea`]);
  expect(await readHashtags(graph, 'past_hashtag_follow')).toEqual([]);
  expect(await readProfileOpens(graph)).toEqual([`${ann}>${ben}`]);
  const people = await readPeople(graph);
  expect(people.get(gone)).toMatchObject({ followers: 0, following: 0, erased: true });
  expect(people.get(ann)).toMatchObject({ followers: 0, following: 1 });
  expect(people.get(dan)).toMatchObject({ followers: 0, following: 0 });
  expect((await readImage(graph, eve)).value.blocking).toEqual([]);
  expect((await readImage(graph, fay)).value.blockedBy).toEqual([]);
  const events = describeEvents(await readEvents(graph)).sort();
  expect(events).toEqual(
    [
      // What was published of the erased person before is gone, what others did among themselves stays.
      `user.followed ${ann}>${ben}`,
      `hashtag.followed ${ann}#tea`,
      ...['tea', 'cake', 'jam'].map((tag) => `hashtag.unfollowed ${gone}#${tag}`),
      ...[`${ann}>${gone}`, `${cat}>${gone}`, `${gone}>${ann}`, `${gone}>${dan}`].map(
        (pair) => `user.unfollowed ${pair}`,
      ),
      ...[`${eve}>${gone}`, `${gone}>${fay}`].map((pair) => `user.unblocked ${pair}`),
      `user.unmuted ${dan}>${gone}`,
    ].sort(),
  );

  await consume({ ...envelope, type: 'user.erased', userId: gone });
  expect(await readPeople(graph)).toEqual(people);
  expect(await readEvents(graph)).toHaveLength(events.length);
});

test('nothing can be related to an erased person again, even by those who have not heard of it', async () => {
  graph = await openTestGraph();
  const [gone, ann] = [graph.addPerson(1), graph.addPerson(2)];
  await erasePerson(graph, gone);
  expect(await followUser(graph, callOf(ann), gone)).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
  expect(await blockUser(graph, callOf(ann), gone)).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
  expect(await followUser(graph, callOf(gone), ann)).toMatchObject({ errors: [{ code: 'ACCOUNT_NOT_ACTIVE' }] });
  expect(await followHashtag(graph, callOf(gone), 'tea')).toMatchObject({ errors: [{ code: 'ACCOUNT_NOT_ACTIVE' }] });
  expect(await unfollowUser(graph, callOf(ann), gone)).toEqual({ userId: gone });
  expect(await importFollows(graph, [{ followerId: ann, followeeId: gone, atMs: 1 }])).toBe(0);
  expect((await readEdges(graph)).follow).toEqual([]);
  const both = [gone, ann].map((viewerId) => ({ viewerId, userId: viewerId === gone ? ann : gone, slotMs: 0 }));
  await noteProfileOpens(graph, both);
  expect(await readProfileOpens(graph)).toEqual([]);
});

test('opened profiles that are being written when the person is erased do not survive it', async () => {
  graph = await openTestGraph();
  const [gone, ann] = [graph.addPerson(1), graph.addPerson(2)];
  const isWaiting = async () => {
    const { rows } = await graph.pool.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    return rows.length > 0;
  };
  let erasing: Promise<void> | undefined;
  await withTransaction(graph.pool, async (client) => {
    await insertProfileOpens(client, [{ viewerId: ann, userId: gone, slotMs: 0 }], graph.now());
    erasing = erasePerson(graph, gone);
    await vi.waitFor(async () => expect(await isWaiting()).toBe(true));
  });
  await erasing;
  expect(await readProfileOpens(graph)).toEqual([]);
});

test('follows that race with the erasure do not survive it', async () => {
  graph = await openTestGraph({ eraseBatchSize: 1 });
  const gone = graph.addPerson(1);
  const others = Array.from({ length: 12 }, (_, index) => graph.addPerson(index + 2));
  await Promise.all([...others.map((other) => followUser(graph, callOf(other), gone)), erasePerson(graph, gone)]);
  expect((await readEdges(graph)).follow).toEqual([]);
  for (const [, row] of await readPeople(graph)) expect([row.followers, row.following]).toEqual([0, 0]);
});

test('deactivation and suspension leave relations alone', async () => {
  graph = await openTestGraph();
  const [ann, ben] = [graph.addPerson(1), graph.addPerson(2)];
  await followUser(graph, callOf(ann), ben);
  const profile = { ...envelope, userId: ben, handle: 'ben', name: 'Ben', bio: '', isPrivate: false };
  await consume({ ...profile, type: 'user.deactivated' });
  await consume({ ...profile, type: 'user.suspended' });
  expect((await readEdges(graph)).follow).toEqual([`${ann}>${ben}`]);
});

test('what was published of a person is found by indexes', async () => {
  graph = await openTestGraph();
  const client = await graph.pool.connect();
  try {
    await client.query('SET enable_seqscan = off');
    await deletePublishedEvents(client, graph.addPerson(1), 9);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE "delete-published-events" ('1', 9)`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    for (const index of ['outbox_published_by', 'outbox_published_to', 'outbox_pkey']) expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  } finally {
    client.release(true);
  }
});
