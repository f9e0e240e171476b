import { beforeEach, describe, expect, test } from 'vitest';
import { homeCursor } from './cursors.ts';
import { codesOf, openTestTimeline, type TestTimeline } from './testing/test-timeline.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

const PROFILE = `query ($id: ID!, $first: Int!, $after: String, $replies: Boolean! = false) {
  _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    tweets(first: $first, after: $after, includeReplies: $replies) { edges { cursor node { id } isRetweet } pageInfo { hasNextPage endCursor } } } } }`;

let world: World;
let timeline: TestTimeline;
let viewer: Person;
let author: Person;
let stranger: Person;

beforeEach(async () => {
  world = createWorld(3);
  [viewer, author, stranger] = world.people as [Person, Person, Person];
  timeline = await openTestTimeline(world);
});

describe('User.tweets', () => {
  const tweetsOf = async (who: Person | null, person: Person, variables: object = {}) => {
    const answer = await timeline.ask(who, PROFILE, { id: person.id, first: 10, ...variables });
    expect(codesOf(answer)).toEqual([]);
    return answer.data._entities[0].tweets;
  };
  const idsOf = async (...given: Parameters<typeof tweetsOf>) =>
    (await tweetsOf(...given))?.edges.map(({ node }) => node.id);

  test('leaves out answers to others unless they are asked for, and keeps threads and retweets', async () => {
    const other = world.post(stranger);
    const start = world.post(author);
    const thread = world.post(author, { parent: start });
    const answer = world.post(author, { parent: other });
    world.retweet(author, world.post(stranger, { parent: other }));
    const without = await tweetsOf(null, author);
    expect(without?.edges.map(({ isRetweet }) => isRetweet)).toEqual([true, false, false]);
    expect(without?.edges.slice(1).map(({ node }) => node.id)).toEqual([thread.id, start.id]);
    expect(await idsOf(null, author, { replies: true })).toContain(answer.id);
  });

  test('is null where privacy, a block or the state of the account forbids it', async () => {
    world.post(author);
    author.isPrivate = true;
    expect(await idsOf(viewer, author)).toBeUndefined();
    expect(await idsOf(null, author)).toBeUndefined();
    world.follow(viewer, author);
    expect(await idsOf(viewer, author)).toHaveLength(1);
    expect(await idsOf(author, author)).toHaveLength(1);
    author.isPrivate = false;
    world.block(author, viewer);
    expect(await idsOf(viewer, author)).toBeUndefined();
    expect(await idsOf(stranger, author)).toHaveLength(1);
    author.state = 'deactivated';
    expect(await idsOf(stranger, author)).toBeUndefined();
    expect(await idsOf(author, author)).toHaveLength(1);
  });

  test('shows a muted person’s tweets to who opens them, and never a blocked author’s retweeted one', async () => {
    const tweet = world.post(author);
    world.retweet(author, world.post(stranger));
    world.mute(viewer, author, true);
    world.block(stranger, viewer);
    expect(await idsOf(viewer, author)).toEqual([tweet.id]);
  });

  test('goes on where the page ended, and not on another person’s page', async () => {
    const ids = [world.post(author).id, world.post(author).id, world.post(author).id];
    const page = await tweetsOf(null, author, { first: 2 });
    expect(page?.edges.map(({ node }) => node.id)).toEqual([ids[2], ids[1]]);
    const after = page?.edges[1]?.cursor;
    expect(await idsOf(null, author, { after })).toEqual([ids[0]]);
    expect(codesOf(await timeline.ask(null, PROFILE, { id: stranger.id, first: 2, after }))).toEqual(['BAD_CURSOR']);
    expect(
      codesOf(await timeline.ask(null, PROFILE, { id: author.id, first: 2, after: homeCursor(author.id, null) })),
    ).toEqual(['BAD_CURSOR']);
  });

  test('is null for somebody who never was', async () => {
    const nobody = { ...author, id: '1234567890123456789' };
    expect(await idsOf(viewer, nobody)).toBeUndefined();
    expect(await idsOf(viewer, { ...author, id: 'x' })).toBeUndefined();
  });
});
