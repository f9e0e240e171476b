import type { Id } from '@starling/domain/ids.ts';
import { createBoundedMap } from '@starling/kit/cache/bounded-map.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { UserFacts } from '@starling/schema/generated/rpc/users.ts';
import type { AsksUsers } from './people.ts';

/**
 * Who was behind what a viewer was last shown here, and so is likely to be behind what the viewer is shown next: asked for at the
 * same time as the list instead of after it. A guess, and never an answer: what people are is asked at each read.
 */
export type ForeseenPeople = {
  of(viewerId: Id): readonly Id[];
  learn(viewerId: Id, ids: Iterable<Id>): void;
};

/** Of the viewers that read last; some kilobytes each at most. */
const VIEWERS = 5_000;
const PEOPLE = 200;

export function createForeseenPeople(viewers = VIEWERS): ForeseenPeople {
  const seen = createBoundedMap<Id, readonly Id[]>(viewers);
  return {
    of: (viewerId) => seen.get(viewerId) ?? [],
    learn(viewerId, ids) {
      const some = [...new Set(ids)].slice(0, PEOPLE);
      if (some.length > 0) seen.set(viewerId, some);
    },
  };
}

/** For one read: asks users for nobody twice, and at once for those who are foreseen. */
export function askOnce(users: AsksUsers, call: CallContext, foreseen: readonly Id[]): AsksUsers {
  /** The answer that a person is, or will be, in. */
  const asked = new Map<Id, Promise<ReadonlyMap<Id, UserFacts>>>();
  function ask(frame: CallContext, ids: readonly Id[]): void {
    const fresh = [...new Set(ids)].filter((id) => !asked.has(id));
    if (fresh.length === 0) return;
    const answer = users.getUsers(frame, { ids: fresh }).then(({ users: found }) => byId(found));
    // Whoever needs the person hears of it; of a guess nobody needs to.
    answer.catch(() => undefined);
    for (const id of fresh) asked.set(id, answer);
  }
  ask(call, foreseen);
  return {
    async getUsers(frame, { ids }) {
      ask(frame, ids);
      const answers = await Promise.all(new Set(ids.flatMap((id) => asked.get(id) ?? []))).catch(() => null);
      // A guess that failed is none: what is needed is asked for itself.
      if (answers === null) return users.getUsers(frame, { ids });
      const found = new Map(answers.flatMap((answer) => [...answer]));
      return { users: ids.flatMap((id) => found.get(id) ?? []) };
    },
  };
}

function byId(users: readonly UserFacts[]): Map<Id, UserFacts> {
  return new Map(users.map((user) => [user.id, user]));
}
