import type { Id } from '@starling/domain/ids.ts';
import { countRows } from '@starling/kit/postgres/count-rows.ts';
import type { EntryImage } from './entry-image.ts';
import { addBookmark, removeBookmark } from './store/bookmarks.ts';
import { appendTweet, pruneIdempotencyKeys, readClaimed, type Claimed, type NewTweet } from './store/append-tweet.ts';
import { backfillHashtags } from './store/backfill-hashtags.ts';
import type { Database } from './store/database.ts';
import { deleteTweet } from './store/delete-tweet.ts';
import { addLike, addRetweet, endRetweet, removeLike, type Engagement } from './store/engage.ts';
import { closeErasure, erasePersonSome, forgetPerson, readErased } from './store/erase-person.ts';
import { storePastEngagements, type PastEngagement } from './store/import-engagements.ts';
import { storePastTweets, type Imported, type PastTweet } from './store/import-tweets.ts';
import { listByHashtags } from './store/list-by-hashtags.ts';
import {
  findRetweets,
  listByActors,
  listIdsByActors,
  readRetweetFacts,
  readTweetFacts,
  type EntryRow,
  type RetweetFacts,
  type TweetFacts,
} from './store/read-entries.ts';
import { listInteractions, type InteractionRow } from './store/read-interactions.ts';
import { readAuthorImages, readHashtagImages } from './store/read-images.ts';
import { readMarksImage, type MarksImage } from './store/read-marks.ts';
import { readAncestors } from './store/read-pages.ts';
import { listTweets, readCounters, readMarked, readTweets, type Mark } from './store/read-tweets.ts';
import type { Counters, Retweet, Tweet } from './tweet.ts';

/**
 * All that this subgraph asks of its database. Tweets are reached by id, by author and by hashtag, newest first; every change takes
 * its facts and events together. So a store of another kind can take the place of this one.
 */
export type Store = {
  readTweets(ids: readonly Id[]): Promise<Map<Id, Tweet>>;
  listTweets(page: Parameters<typeof listTweets>[1]): Promise<Tweet[]>;
  /** To tell progress by; an estimate if there are many. */
  countTweets(): Promise<number>;
  readCounters(ids: readonly Id[]): Promise<Map<Id, Counters>>;
  readMarked(mark: Mark, userId: Id, ids: readonly Id[]): Promise<Set<Id>>;
  readMarksImage(userId: Id, kept: number): Promise<MarksImage>;
  readTweetFacts(ids: readonly Id[]): Promise<Map<Id, TweetFacts>>;
  readRetweetFacts(ids: readonly Id[]): Promise<Map<Id, RetweetFacts>>;
  listByActors(query: Parameters<typeof listByActors>[1]): Promise<EntryRow[]>;
  listIdsByActors(query: Parameters<typeof listIdsByActors>[1]): Promise<Id[]>;
  listByHashtags(query: Parameters<typeof listByHashtags>[1]): Promise<EntryRow[]>;
  readAuthorImages(authorIds: readonly Id[], kept: number): Promise<Map<Id, EntryImage>>;
  readHashtagImages(hashtags: readonly string[], kept: number): Promise<Map<string, EntryImage>>;
  findRetweets(query: Parameters<typeof findRetweets>[1]): Promise<Id[]>;
  listInteractions(query: Parameters<typeof listInteractions>[1]): Promise<InteractionRow[]>;
  readAncestors(tweetId: Id, limit: number): Promise<Id[]>;
  readClaimed(claim: Parameters<typeof readClaimed>[1]): Promise<Claimed | null>;
  appendTweet(tweet: NewTweet): Promise<Claimed | null>;
  deleteTweet(deletion: Parameters<typeof deleteTweet>[1]): Promise<boolean>;
  addLike(engagement: Engagement): Promise<boolean>;
  removeLike(engagement: Engagement): Promise<boolean>;
  addRetweet(retweet: Retweet, at: number): Promise<boolean>;
  endRetweet(engagement: Engagement): Promise<Id | null>;
  addBookmark(engagement: Engagement): Promise<void>;
  removeBookmark(engagement: Engagement): Promise<void>;
  pruneIdempotencyKeys(step: Parameters<typeof pruneIdempotencyKeys>[1]): Promise<number>;
  storePastTweets(past: readonly PastTweet[], at: number): Promise<Imported>;
  storePastEngagements(past: readonly PastEngagement[], at: number): Promise<{ likes: number; retweetIds: Id[] }>;
  erasePersonSome(person: Parameters<typeof erasePersonSome>[1]): Promise<number>;
  forgetPerson(person: Parameters<typeof forgetPerson>[1]): Promise<void>;
  readErased(before: number): Promise<Id[]>;
  closeErasure(userId: Id): Promise<void>;
  backfillHashtags(step: Parameters<typeof backfillHashtags>[1]): Promise<boolean>;
};

export function createStore(db: Database): Store {
  const { pool } = db;
  return {
    readTweets: (ids) => readTweets(pool, ids),
    listTweets: (page) => listTweets(pool, page),
    countTweets: () => countRows(pool, 'tweet'),
    readCounters: (ids) => readCounters(pool, ids),
    readMarked: (mark, userId, ids) => readMarked(pool, mark, userId, ids),
    readMarksImage: (userId, kept) => readMarksImage(pool, userId, kept),
    readTweetFacts: (ids) => readTweetFacts(pool, ids),
    readRetweetFacts: (ids) => readRetweetFacts(pool, ids),
    listByActors: (query) => listByActors(pool, query),
    listIdsByActors: (query) => listIdsByActors(pool, query),
    listByHashtags: (query) => listByHashtags(pool, query),
    readAuthorImages: (authorIds, kept) => readAuthorImages(pool, authorIds, kept),
    readHashtagImages: (hashtags, kept) => readHashtagImages(pool, hashtags, kept),
    findRetweets: (query) => findRetweets(pool, query),
    listInteractions: (query) => listInteractions(pool, query),
    readAncestors: (tweetId, limit) => readAncestors(pool, tweetId, limit),
    readClaimed: (claim) => readClaimed(pool, claim),
    appendTweet: (tweet) => appendTweet(db, tweet),
    deleteTweet: (deletion) => deleteTweet(db, deletion),
    addLike: (engagement) => addLike(db, engagement),
    removeLike: (engagement) => removeLike(db, engagement),
    addRetweet: (retweet, at) => addRetweet(db, retweet, at),
    endRetweet: (engagement) => endRetweet(db, engagement),
    addBookmark: (engagement) => addBookmark(db, engagement),
    removeBookmark: (engagement) => removeBookmark(db, engagement),
    pruneIdempotencyKeys: (step) => pruneIdempotencyKeys(pool, step),
    storePastTweets: (past, at) => storePastTweets(db, past, at),
    storePastEngagements: (past, at) => storePastEngagements(db, past, at),
    erasePersonSome: (person) => erasePersonSome(db, person),
    forgetPerson: (person) => forgetPerson(db, person),
    readErased: (before) => readErased(db, before),
    closeErasure: (userId) => closeErasure(db, userId),
    backfillHashtags: (step) => backfillHashtags(db, step),
  };
}
