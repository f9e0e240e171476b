import { composeId, type Id } from '@starling/domain/ids.ts';
import { foldHashtags } from '@starling/domain/hashtag.ts';
import { entitiesOf } from '@starling/domain/tweet-text.ts';
import type { AccountState, TweetState } from '@starling/domain/visibility.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { personByHandle, relationKey, servicesOf, type Facts, type Person, type RelationKind } from './facts.ts';

const START_MS = Date.UTC(2026, 0, 1);

/** People who post, change and leave: what they do becomes the other subgraphs' facts, and an event. */
export class Community {
  readonly events: LogRecord[] = [];
  readonly calls: Record<string, number> = {};
  private readonly facts: Facts = { people: new Map(), tweets: new Map(), contents: new Map(), relations: new Set() };
  readonly services = servicesOf(this.facts, this.calls);
  private clock = START_MS;
  private minted = 0;

  /** Epoch milliseconds of the community's own clock. */
  readonly now = (): number => this.clock;

  advance(ms: number): void {
    this.clock += ms;
  }

  register(handle: string, name = handle): Person {
    const person = { id: this.mint(), handle, name, state: 'active', isPrivate: false, revision: 0n };
    this.facts.people.set(person.id, person);
    this.announcePerson('user.registered', person);
    return person;
  }

  change(person: Person, changes: Partial<Pick<Person, 'handle' | 'name' | 'isPrivate'>>): LogRecord {
    return this.announcePerson('user.changed', Object.assign(person, changes));
  }

  setState(person: Person, state: AccountState): LogRecord {
    Object.assign(person, { state });
    return this.announcePerson(state === 'active' ? 'user.reactivated' : `user.${state}`, person);
  }

  relate(kind: RelationKind, from: Person, to: Person): void {
    this.facts.relations.add(relationKey(kind, from.id, to.id));
  }

  post(author: Person, text: string, { replyTo, atMs }: { replyTo?: EntryFacts; atMs?: number } = {}): EntryFacts {
    const id = this.mint(atMs);
    const { authorId: parentAuthorId = '', id: parentId = '' } = replyTo ?? {};
    const common = { authorId: author.id, conversationId: id };
    const hashtags = valuesOf(text, 'HASHTAG');
    const references = { parentId, parentAuthorId };
    const facts = {
      ...common,
      ...references,
      id,
      actorId: author.id,
      tweetId: id,
      state: 'live',
      hashtags: foldHashtags(hashtags),
    };
    this.facts.tweets.set(id, facts);
    const mentionedIds = valuesOf(text, 'MENTION').flatMap((handle) => personByHandle(this.facts, handle)?.id ?? []);
    const content = { id, authorId: author.id, text, parentAuthorId, hashtags, mentionedIds };
    this.facts.contents.set(id, { ...content, state: 'live', revision: 1n });
    this.announce(tweetTopic.name, id, 1, {
      ...common,
      ...{ type: 'tweet.posted', tweetId: id, text, quotedId: null },
      ...{ parentId: parentId || null, parentAuthorId: parentAuthorId || null },
      ...{ hashtags, mentionedIds },
    });
    return facts;
  }

  /** Without an event: what the index has not heard of yet. */
  setTweetState(tweet: EntryFacts, state: TweetState): void {
    this.facts.tweets.set(tweet.id, { ...tweet, state });
  }

  remove(tweet: EntryFacts): LogRecord {
    this.setTweetState(tweet, 'deleted');
    const { id: tweetId, authorId } = tweet;
    const blank = { text: '', parentAuthorId: '', hashtags: [], mentionedIds: [] };
    this.facts.contents.set(tweetId, { ...blank, id: tweetId, authorId, state: 'deleted', revision: 2n });
    return this.announce(tweetTopic.name, tweetId, 2, { type: 'tweet.deleted', tweetId, authorId });
  }

  retweet(retweeter: Person, { id: tweetId, authorId }: EntryFacts): LogRecord {
    const retweetId = this.mint();
    const event = { type: 'tweet.retweeted', retweetId, tweetId, authorId, retweeterId: retweeter.id };
    return this.announce(tweetTopic.name, retweetId, 1, event);
  }

  private mint(atMs?: number): Id {
    this.advance(1);
    this.minted += 1;
    return composeId({ atMs: atMs ?? this.clock, node: 1, sequence: this.minted % 4_096 });
  }

  private announcePerson(type: string, person: Person): LogRecord {
    Object.assign(person, { revision: person.revision + 1n });
    const { id: userId, handle, name, isPrivate, revision } = person;
    const profile = type === 'user.erased' ? {} : { handle, name, bio: '', isPrivate };
    return this.announce(userTopic.name, userId, Number(revision), { type, userId, ...profile });
  }

  private announce(topic: string, key: Id, revision: number, event: object): LogRecord {
    const at = this.clock;
    const value = JSON.stringify({ eventId: `e${this.events.length}`, revision, version: 1, at, ...event });
    const offset = BigInt(this.events.length);
    const record = { topic, key, value, headers: {}, partition: 0, offset, appendedAt: at };
    this.events.push(record);
    return record;
  }
}

function valuesOf(text: string, kind: string): string[] {
  return entitiesOf(text).flatMap((entity) => (entity.kind === kind ? entity.value : []));
}
