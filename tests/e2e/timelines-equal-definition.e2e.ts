import { afterAll, beforeAll, expect, test } from 'vitest';
import { belongsToHome } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { createRandom } from '@starling/stack/community/random.ts';
import { createDoings, type Doings } from './support/doings.ts';
import { foundCommunity } from './support/founded-community.ts';
import { expectTrueTimelines, readHollowEntries, readWholeHome, trueHome } from './support/home-timelines.ts';
import { PASSWORD } from './support/people.ts';
import type { PlainCommunity } from './support/plain-community.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

const SIZE = { people: 150, tweets: 240, engagements: 240, seed: 11 };
/** Small, so that many timelines are longer than their list and go on from the primary. */
const LISTS = { kept: 20, trimAbove: 30 };
/** Few enough that there are always some, and that people cross the line in both directions. */
const FAME = { famousFrom: 30, famousBelow: 28, fameNoticeMs: 2_000 };

const random = createRandom(3);
let stack: TestStack;
let plain: PlainCommunity;
let people: Doings;

beforeAll(async () => {
  stack = await startTestStack({ timeline: LISTS, graph: FAME });
  plain = await foundCommunity(stack, SIZE, PASSWORD);
  people = createDoings(plain, () => stack, PASSWORD);
  await stack.drain();
});
afterAll(() => stack?.stop());

test('the community is one in which the definition has something to say', () => {
  const homes = plain.peopleIds().map((id) => ({ id, entries: plain.home(id) }));
  const lengths = homes.map(({ entries }) => entries.length);
  expect(lengths.filter((length) => length > LISTS.trimAbove).length).toBeGreaterThan(20);
  expect(lengths.filter((length) => length < LISTS.kept).length).toBeGreaterThan(5);
  expect(homes.filter(({ entries }) => entries.some(({ retweeterId }) => retweeterId)).length).toBeGreaterThan(50);
  expect(homes.filter(({ id }) => repliesLeftOut(id) > 0).length).toBeGreaterThan(50);
  const famous = plain.peopleIds().filter((id) => followersOf(id) >= FAME.famousFrom);
  expect(famous.length).toBeGreaterThan(5);
  expect(famous.length).toBeLessThan(SIZE.people / 3);
});

test('every home timeline is true right after the import, and comes with its content', async () => {
  await expectTrueTimelines(stack, plain);
  for (const id of plain.peopleIds()) expect(await readHollowEntries(stack, id)).toEqual([]);
});

test('every home timeline is true after tweets, replies, quotes and retweets of everybody', async () => {
  for (let round = 0; round < 60; round += 1) {
    const userId = anybody();
    const seen = plain.home(userId);
    const entry = seen.length > 0 ? random.pick(seen) : null;
    if (entry === null || round % 3 === 0) await people.post(userId, { text: `News ${round}` });
    else if (round % 3 === 1) await people.post(userId, { text: `Answer ${round}`, replyToId: entry.tweet.id });
    else if (!hasRetweeted(userId, entry.tweet.id)) await people.retweet(userId, entry.tweet.id);
    if (entry !== null) await people.like(userId, entry.tweet.id);
    if (entry !== null && round % 10 === 0)
      await people.post(userId, { text: `Look ${round}`, quotedId: entry.tweet.id });
  }
  await stack.drain();
  await expectTrueTimelines(stack, plain);
});

test('deletions, undone retweets, unfollows, follows, blocks and mutes show at the very next read', async () => {
  await takeAway();
  await expectTrueTimelines(stack, plain);
  await stack.drain();
  await expectTrueTimelines(stack, plain, 7);
});

test('a new follow brings in at once what has not been delivered to anybody yet', async () => {
  const authorId = nth(0);
  const strangers = plain.peopleIds().filter((id) => mayFollow(id, authorId));
  const tweetId = await people.post(authorId, { text: 'Hot off the press' });
  expect(strangers.length).toBeGreaterThan(2);
  for (const strangerId of strangers.slice(0, 3)) {
    expect(trueHome(plain, strangerId)).not.toContain(tweetId);
    await people.follow(strangerId, authorId);
    const home = await readWholeHome(stack, strangerId);
    expect(home).toContain(tweetId);
    expect(home).toEqual(trueHome(plain, strangerId));
  }
  await stack.drain();
  await expectTrueTimelines(stack, plain);
});

test('what carries a followed hashtag is in at the very next read, and out at the next once it is followed no more', async () => {
  const viewers = plain.peopleIds().slice(0, 12);
  for (let round = 0; round < 25; round += 1) {
    const [author, tag] = [anybody(), random.pick(['tea', 'cake', 'jam'])];
    const seen = plain.home(author);
    const replyToId = round % 4 === 3 && seen.length > 0 ? random.pick(seen).tweet.id : undefined;
    await people.post(author, { text: `Round ${round} #${tag}`, ...(replyToId !== undefined && { replyToId }) });
  }
  for (const [index, id] of viewers.entries())
    for (const tag of ['tea', 'cake', 'jam'].slice(0, 1 + (index % 3))) await people.followHashtag(id, tag);
  const strange = viewers.flatMap((id) => plain.home(id).filter(({ tweet }) => isStranger(id, tweet.authorId)));
  expect(strange.length).toBeGreaterThan(20);
  await expectTrueTimelines(stack, plain, 7);
  await stack.drain();
  await expectTrueTimelines(stack, plain);

  for (const id of viewers.slice(0, 6)) await people.unfollowHashtag(id, 'tea');
  const unwanted = strange[0]?.tweet.authorId ?? '';
  for (const id of viewers.slice(3, 9)) if (id !== unwanted) await people.block(id, unwanted);
  await expectTrueTimelines(stack, plain);
});

test('unblocking, unmuting, privacy, deactivation and coming back show at the very next read', async () => {
  const [hidden, back, closed, opened] = [nth(2), nth(5), nth(1), nth(4)];
  for (const userId of plain.peopleIds()) {
    const { blocking, muting } = plain.person(userId);
    for (const otherId of [...blocking].slice(0, 1)) await people.unblock(userId, otherId);
    for (const otherId of [...muting].slice(0, 1)) await people.unmute(userId, otherId);
  }
  await people.deactivate(back);
  for (const id of [closed, opened]) await people.setPrivate(id, true);
  await expectTrueTimelines(stack, plain);

  await people.deactivate(hidden);
  await people.reactivate(back);
  await people.setPrivate(opened, false);
  const asking = plain.peopleIds().filter((id) => mayFollow(id, closed));
  for (const id of asking.slice(0, 4)) await people.follow(id, closed);
  for (const id of asking.slice(0, 2)) await people.accept(closed, id);
  await people.post(closed, { text: 'Among ourselves' });
  await stack.drain();
  await expectTrueTimelines(stack, plain);
});

test('an erased person is out of every timeline at the next read, and so is what hung on following them, once it is through', async () => {
  const goneId = nth(0);
  const followers = plain.peopleIds().filter((id) => plain.person(id).following.has(goneId));
  const theirs = new Set(plain.writtenBy(goneId).map(({ id }) => id));
  expect(followers.length).toBeGreaterThan(20);
  await people.erase(goneId);
  for (const id of followers) {
    const home = await readWholeHome(stack, id);
    expect(home.filter((name) => name.endsWith(goneId) || theirs.has(name.slice(0, goneId.length)))).toEqual([]);
  }
  await stack.drain();
  plain.forget(goneId);
  await expectTrueTimelines(stack, plain);
});

test('every home timeline is true after every image was dropped, page by page of three', async () => {
  await stack.dropImages();
  await expectTrueTimelines(stack, plain, 3);
});

test('every home timeline is true after a restart, and goes on being true', async () => {
  const before = await people.post(nth(0), { text: 'On its way when the process stopped' });
  stack = await stack.restart();
  await stack.drain();
  expect(trueHome(plain, nth(0))[0]).toBe(before);
  await expectTrueTimelines(stack, plain);
  for (let round = 0; round < 20; round += 1) await people.post(anybody(), { text: `A new day ${round}` });
  await takeAway();
  await stack.drain();
  await expectTrueTimelines(stack, plain);
});

/** Some of everything that takes entries out of timelines or brings old ones in; famous people are in most of it. */
async function takeAway(): Promise<void> {
  for (let round = 0; round < 15; round += 1) {
    const userId = anybody();
    const { tweet, retweeterId } = random.pick(plain.home(mostFollowing()));
    if (!tweet.isDeleted && plain.person(tweet.authorId).state === 'active') await people.deleteTweet(tweet.id);
    const retweets = plain.retweets().filter((one) => plain.person(one.userId).state === 'active');
    await people.undoRetweet(retweets.find((one) => one.userId === retweeterId) ?? random.pick(retweets));

    const followees = [...plain.person(userId).following];
    if (followees.length > 0) await people.unfollow(userId, random.pick(followees));
    const fresh = plain.peopleIds().filter((id) => mayFollow(userId, id) && !plain.person(id).isPrivate);
    if (fresh.length > 0) await people.follow(userId, random.pick(fresh));
    const [blocker, muter] = [anybody(), anybody()];
    await people.block(blocker, followeeOr(blocker));
    await people.mute(muter, followeeOr(muter));
  }
}

function anybody(): Id {
  return random.pick(plain.peopleIds().filter((id) => plain.person(id).state === 'active'));
}

function followeeOr(userId: Id): Id {
  const followees = [...plain.person(userId).following];
  return followees.length > 0 ? random.pick(followees) : random.pick(plain.peopleIds().filter((id) => id !== userId));
}

/** From the best-known person down. */
function nth(rank: number): Id {
  const famous = plain.peopleIds().filter((id) => plain.person(id).state === 'active');
  return famous.sort((a, b) => followersOf(b) - followersOf(a))[rank] ?? '';
}

function mostFollowing(): Id {
  const following = (id: Id) => plain.person(id).following.size;
  return plain.peopleIds().sort((a, b) => following(b) - following(a))[0] ?? '';
}

function followersOf(id: Id): number {
  return plain.peopleIds().filter((other) => plain.person(other).following.has(id)).length;
}

function mayFollow(userId: Id, otherId: Id): boolean {
  const [user, other] = [plain.person(userId), plain.person(otherId)];
  if (userId === otherId || user.following.has(otherId)) return false;
  if (user.state !== 'active' || other.state !== 'active') return false;
  return !user.blocking.has(otherId) && !other.blocking.has(userId);
}

function isStranger(viewerId: Id, otherId: Id): boolean {
  return viewerId !== otherId && !plain.person(viewerId).following.has(otherId);
}

function hasRetweeted(userId: Id, tweetId: Id): boolean {
  return plain.retweets().some((one) => one.userId === userId && one.tweet.id === tweetId);
}

function repliesLeftOut(viewerId: Id): number {
  const { following, hashtags } = plain.person(viewerId);
  return [...following].flatMap((id) =>
    plain.writtenBy(id).filter(({ place, parentAuthorId }) => {
      const entry = { id: place, tweetId: place, actorId: id, authorId: id, parentAuthorId, hashtags: [] };
      return !belongsToHome(entry, { viewerId, following, hashtags });
    }),
  ).length;
}
