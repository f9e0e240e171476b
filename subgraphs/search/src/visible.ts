import type { Id } from '@starling/domain/ids.ts';
import {
  NO_RELATION,
  accountStateOf,
  decide,
  tweetStateOf,
  type AuthorFacts,
  type Relation,
} from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';

/** Who is asked for the facts that visibility needs; never answered from a cache of ours. */
export type VisibilityServices = {
  users: Pick<Users<CallContext>, 'getUsers'>;
  graph: Pick<Graph<CallContext>, 'getRelationsTo'>;
  tweets: Pick<Tweets<CallContext>, 'getEntries'>;
};

/** Those of the tweets that the caller may see in search. At most 1,000. */
export async function visibleTweets(
  services: VisibilityServices,
  call: CallContext,
  ids: readonly Id[],
): Promise<Set<Id>> {
  if (ids.length === 0) return new Set();
  const { entries } = await services.tweets.getEntries(call, { ids: [...ids] });
  const authorIds = entries.map(({ authorId }) => authorId);
  const [people, relations] = await aboutPeople(services, call, authorIds);
  const isVisible = (facts: EntryFacts): boolean => {
    const author = people.get(facts.authorId);
    if (!author) return false;
    const relation = relations.get(author.id) ?? NO_RELATION;
    return (
      decide(call.principal.userId, { author, relation, tweetState: tweetStateOf(facts.state) }, 'search').verdict ===
      'show'
    );
  };
  return new Set(entries.filter(isVisible).map(({ id }) => id));
}

/** Those of the people that the caller may see in search. At most 1,000. */
export async function visiblePeople(
  services: Omit<VisibilityServices, 'tweets'>,
  call: CallContext,
  ids: readonly Id[],
): Promise<Set<Id>> {
  if (ids.length === 0) return new Set();
  const [people, relations] = await aboutPeople(services, call, ids);
  const isVisible = (author: AuthorFacts): boolean => {
    const relation = relations.get(author.id) ?? NO_RELATION;
    return decide(call.principal.userId, { author, relation }, 'search').verdict === 'show';
  };
  return new Set([...people.values()].filter(isVisible).map(({ id }) => id));
}

/** For whole hits what a function tells of their ids. */
export function keepVisible(visible: (ids: readonly Id[]) => Promise<ReadonlySet<Id>>) {
  return async <Hit extends { id: Id }>(hits: readonly Hit[]): Promise<Hit[]> => {
    const shown = await visible(hits.map(({ id }) => id));
    return hits.filter(({ id }) => shown.has(id));
  };
}

async function aboutPeople(
  { users, graph }: Omit<VisibilityServices, 'tweets'>,
  call: CallContext,
  ids: readonly Id[],
): Promise<[Map<Id, AuthorFacts>, Map<Id, Relation>]> {
  const wanted = [...new Set(ids)];
  const { userId } = call.principal;
  const [people, relations] = await Promise.all([
    wanted.length === 0 ? { users: [] } : users.getUsers(call, { ids: wanted }),
    userId === null || wanted.length === 0
      ? { relations: [] }
      : graph.getRelationsTo(call, { userId, otherIds: wanted }),
  ]);
  return [
    new Map(people.users.map((user) => [user.id, authorOf(user)])),
    new Map(relations.relations.map((relation) => [relation.otherId, relation])),
  ];
}

function authorOf({ id, state, isPrivate }: UserFacts): AuthorFacts {
  return { id, state: accountStateOf(state), isPrivate };
}
