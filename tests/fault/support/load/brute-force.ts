import { homeTimeline, type Entry } from '@starling/domain/home-timeline.ts';
import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { Ledger, LoadRetweet, LoadTweet } from './ledger.ts';
import type { SeenEntry } from './read-whole.ts';

/** What must be seen, by the definition and what was acknowledged; without order, which `disorderOf` judges. */
export type Truth = {
  home(viewerId: Id): SeenEntry[];
  profile(viewerId: Id, userId: Id, includeReplies: boolean): SeenEntry[];
  /** Tweets whose text has the word, or all. */
  search(viewerId: Id, wanted: { word?: string; authorId?: Id }): Id[];
};

/** What collapses depends on the order of retweets, which is not known of those that were made at the same time. */
export const COLLAPSE_WITHIN = 0;

/** To be called on a ledger without open questions. */
export function truthOf(ledger: Ledger): Truth {
  const relations = ledger.relations().filter(({ fact }) => fact.holds);
  const blocks = new Set(
    relations
      .filter(({ kind }) => kind === 'block')
      .flatMap(({ actorId, targetId }) => [`${actorId} ${targetId}`, `${targetId} ${actorId}`]),
  );
  const follows = relations.filter(
    ({ kind, actorId, targetId }) => kind === 'follow' && !blocks.has(`${actorId} ${targetId}`),
  );
  const entries = entriesOf(ledger);
  const isOpen = (viewerId: Id, otherId: Id) => !blocks.has(`${viewerId} ${otherId}`);
  const mayShow = (viewerId: Id) => (entry: PlacedEntry) =>
    isOpen(viewerId, entry.actorId) && isOpen(viewerId, entry.authorId);

  return {
    home(viewerId) {
      const following = new Set(follows.filter(({ actorId }) => actorId === viewerId).map(({ targetId }) => targetId));
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      const isVisible = ({ id }: Entry) => mayShow(viewerId)(known(byId, id));
      const viewer = { viewerId, following, hashtags: new Set<string>() };
      const timeline = homeTimeline(viewer, entries, { isVisible, collapseWithin: COLLAPSE_WITHIN });
      return timeline.map(({ id }) => known(byId, id).seen);
    },
    profile(viewerId, userId, includeReplies) {
      if (!isOpen(viewerId, userId)) return [];
      return entries
        .filter(({ actorId }) => actorId === userId)
        .filter((entry) => includeReplies || !isAnswerToOthers(entry))
        .filter(mayShow(viewerId))
        .map(({ seen }) => seen);
    },
    search(viewerId, { word, authorId }) {
      return [...ledger.tweets.values()]
        .filter(({ deletion }) => !deletion.holds)
        .filter((tweet) => word === undefined || tweet.text.startsWith(`${word} `))
        .filter((tweet) => authorId === undefined || tweet.authorId === authorId)
        .filter((tweet) => isOpen(viewerId, tweet.authorId))
        .map(({ id }) => id);
    },
  };
}

/** Two entries that stand in the wrong order, in words; null if newer ones stand before older ones throughout. */
export function disorderOf(ledger: Ledger, seen: readonly SeenEntry[]): string | null {
  const ids = seen.flatMap(({ id, retweeterId }) => (retweeterId === null ? id : []));
  const wrong = ids.findIndex((id, index) => index > 0 && id >= (ids[index - 1] ?? ''));
  if (wrong > 0) return `${ids[wrong]} comes after ${ids[wrong - 1]}`;

  const retweets = new Map(
    ledger.retweets().map((made) => [nameOf({ id: made.tweet.id, retweeterId: made.userId }), made]),
  );
  let before = { latest: Infinity, name: 'the beginning' };
  for (const entry of seen) {
    const name = nameOf(entry);
    const { earliest, latest } = momentOf(entry, retweets.get(name));
    if (earliest > before.latest + CLOCKS_DIFFER_MS) return `${name} comes after ${before.name}`;
    if (latest < before.latest) before = { latest, name };
  }
  return null;
}

export function nameOf({ id, retweeterId }: SeenEntry): string {
  return retweeterId === null ? id : `${id} retweeted by ${retweeterId}`;
}

type PlacedEntry = Entry & { seen: SeenEntry };

/** The ids of retweets are nobody's to see: names stand for them, as order is judged elsewhere. */
function entriesOf(ledger: Ledger): PlacedEntry[] {
  const live = ({ deletion }: LoadTweet) => !deletion.holds;
  const tweets = [...ledger.tweets.values()].filter(live).map(({ id, authorId, parentAuthorId }) => ({
    id,
    tweetId: id,
    actorId: authorId,
    authorId,
    parentAuthorId,
    hashtags: [],
    seen: { id, retweeterId: null },
  }));
  const retweets = ledger.retweets().filter(({ fact, tweet }) => fact.holds && live(tweet));
  return [
    ...tweets,
    ...retweets.map(({ userId, tweet }) => {
      const seen = { id: tweet.id, retweeterId: userId };
      const { authorId, parentAuthorId } = tweet;
      return { id: nameOf(seen), tweetId: tweet.id, actorId: userId, authorId, parentAuthorId, hashtags: [], seen };
    }),
  ];
}

function isAnswerToOthers({ id, tweetId, actorId, parentAuthorId }: PlacedEntry): boolean {
  return id === tweetId && parentAuthorId !== null && parentAuthorId !== actorId;
}

/** Ids are minted on this machine, but not by this process. */
const CLOCKS_DIFFER_MS = 50;

function momentOf({ id }: SeenEntry, retweet: LoadRetweet | undefined): { earliest: number; latest: number } {
  if (retweet) return { earliest: retweet.sentMs, latest: retweet.answeredMs };
  return { earliest: timeOfId(id), latest: timeOfId(id) };
}

function known<Value>(values: ReadonlyMap<Id, Value>, id: Id): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`There is no entry ${id}.`);
  return value;
}
