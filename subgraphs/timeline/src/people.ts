import type { Id } from '@starling/domain/ids.ts';
import { accountStateOf, type AuthorFacts } from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';

export type AsksUsers = Pick<Users<CallContext>, 'getUsers'>;

const IDS_A_CALL = 1_000;

/** What rules need of people. Unknown ones are absent. */
export async function loadPeople(
  users: AsksUsers,
  call: CallContext,
  ids: Iterable<Id>,
): Promise<Map<Id, AuthorFacts>> {
  const wanted = [...new Set(ids)];
  const people = new Map<Id, AuthorFacts>();
  for (let start = 0; start < wanted.length; start += IDS_A_CALL) {
    const answer = await users.getUsers(call, { ids: wanted.slice(start, start + IDS_A_CALL) });
    for (const user of answer.users) people.set(user.id, factsOf(user));
  }
  return people;
}

/** Those of the entries that a rule keeps, given who put them there and who wrote them. */
export async function keepByPeople(
  users: AsksUsers,
  call: CallContext,
  entries: readonly EntryFacts[],
  rule: (facts: EntryFacts, people: ReadonlyMap<Id, AuthorFacts>) => boolean,
): Promise<EntryFacts[]> {
  if (entries.length === 0) return [];
  const ids = entries.flatMap(({ actorId, authorId }) => [actorId, authorId]);
  const people = await loadPeople(users, call, ids);
  return entries.filter((facts) => rule(facts, people));
}

function factsOf({ id, state, isPrivate }: UserFacts): AuthorFacts {
  return { id, state: accountStateOf(state), isPrivate };
}
