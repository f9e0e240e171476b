import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptFollowRequest, cancelFollowRequest, declineFollowRequest } from './answer-follow-request.ts';
import { blockUser } from './block-user.ts';
import { followUser } from './follow-user.ts';
import {
  callOf,
  describeEvents,
  openTestGraph,
  readEdges,
  readEvents,
  readPeople,
  type TestGraph,
} from './testing/test-graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({ followLimit: 1 });
});
afterAll(() => graph.close());

test('an accepted request is a follow by the person who asked', async () => {
  const [ann, ben] = [graph.addPerson(1), graph.addPerson(2, { isPrivate: true })];
  await followUser(graph, callOf(ann), ben);
  expect(await acceptFollowRequest(graph, callOf(ben), ann)).toEqual({ userId: ann });
  expect(await acceptFollowRequest(graph, callOf(ben), ann)).toEqual({ userId: ann });
  expect(await readEdges(graph)).toMatchObject({ follow: [`${ann}>${ben}`], follow_request: [] });
  expect(describeEvents(await readEvents(graph))).toEqual([`user.followed ${ann}>${ben}`]);
  expect((await readPeople(graph)).get(ann)).toMatchObject({ following: 1, revision: 1, followsRevision: 1 });
});

test('nothing can be accepted that was not asked, was declined, was taken back or ended in a block', async () => {
  const owner = graph.addPerson(3, { isPrivate: true });
  const asker = graph.addPerson(4);
  const accept = () => acceptFollowRequest(graph, callOf(owner), asker);
  expect(await accept()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  await followUser(graph, callOf(asker), owner);
  await declineFollowRequest(graph, callOf(owner), asker);
  expect(await accept()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  await followUser(graph, callOf(asker), owner);
  await cancelFollowRequest(graph, callOf(asker), owner);
  expect(await accept()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  await followUser(graph, callOf(asker), owner);
  await blockUser(graph, callOf(owner), asker);
  expect(await accept()).toMatchObject({ errors: [{ code: 'BLOCKED' }] });
  expect((await readEdges(graph)).follow_request).toEqual([]);
});

test('a request of somebody who follows as many as one can keeps waiting', async () => {
  const [owner, asker, other] = [graph.addPerson(5, { isPrivate: true }), graph.addPerson(6), graph.addPerson(7)];
  await followUser(graph, callOf(asker), owner);
  await followUser(graph, callOf(asker), other);
  expect(await acceptFollowRequest(graph, callOf(owner), asker)).toMatchObject({ errors: [{ code: 'LIMIT_REACHED' }] });
  expect((await readEdges(graph)).follow_request).toEqual([`${asker}>${owner}`]);
});
