import type { Id } from '@starling/domain/ids.ts';
import { handleKey } from '@starling/domain/profile.ts';
import type { RelationTo } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, TweetContent } from '@starling/schema/generated/rpc/tweets.ts';
import type { UserFacts } from '@starling/schema/generated/rpc/users.ts';
import type { SearchShared } from '../open.ts';

export type Person = UserFacts;
export type RelationKind = 'following' | 'blocking' | 'muting';

/** What users, graph and tweets know. */
export type Facts = {
  people: Map<Id, Person>;
  tweets: Map<Id, EntryFacts>;
  contents: Map<Id, TweetContent>;
  relations: Set<string>;
};

export function relationKey(kind: RelationKind, from: Id, to: Id): string {
  return `${kind} ${from} ${to}`;
}

export function personByHandle({ people }: Facts, handle: string): Person | undefined {
  return [...people.values()].find((person) => handleKey(person.handle) === handleKey(handle));
}

/** The other subgraphs' answers from one small memory. `calls` counts them. */
export function servicesOf(facts: Facts, calls: Record<string, number>): SearchShared['services'] {
  const count = (name: string) => (calls[name] = (calls[name] ?? 0) + 1);
  return {
    users: {
      async getUsers(_, { ids }) {
        count('getUsers');
        return { users: ids.flatMap((id) => facts.people.get(id) ?? []) };
      },
      async listUsers(_, page) {
        return { users: pageOf(facts.people, page), total: BigInt(facts.people.size) };
      },
      async getUsersByHandle(_, { handles }) {
        count('getUsersByHandle');
        return { users: handles.flatMap((handle) => personByHandle(facts, handle) ?? []) };
      },
    },
    graph: {
      async getRelationsTo(_, { userId, otherIds }) {
        count('getRelationsTo');
        return { relations: otherIds.map((otherId) => relationTo(facts, userId, otherId)) };
      },
    },
    tweets: {
      async listTweets(_, page) {
        return { tweets: pageOf(facts.contents, page), total: BigInt(facts.contents.size) };
      },
      async getEntries(_, { ids }) {
        count('getEntries');
        return { entries: ids.flatMap((id) => facts.tweets.get(id) ?? []) };
      },
    },
  };
}

function pageOf<Item extends { id: Id }>(
  items: ReadonlyMap<Id, Item>,
  { afterId, limit }: { afterId: Id; limit: number },
): Item[] {
  return [...items.values()]
    .filter(({ id }) => id > afterId)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

function relationTo({ relations }: Facts, userId: Id, otherId: Id): RelationTo {
  const has = (kind: RelationKind, from: Id, to: Id) => relations.has(relationKey(kind, from, to));
  return {
    otherId,
    following: has('following', userId, otherId),
    blocking: has('blocking', userId, otherId),
    blockedBy: has('blocking', otherId, userId),
    muting: has('muting', userId, otherId),
  };
}
