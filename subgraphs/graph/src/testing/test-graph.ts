import { fileURLToPath } from 'node:url';
import { composeId, type Id } from '@starling/domain/ids.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createReadRouter } from '@starling/kit/postgres/read-router.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { relationTopic, type RelationEvent } from '@starling/schema/events/relation-v1.ts';
import type { UserFacts } from '@starling/schema/generated/rpc/users.ts';
import type { FameRules } from '../settle-fame.ts';
import { createCachedPeople } from '../cached-people.ts';
import type { RelationImage } from '../store/relations.ts';

const migrations = fileURLToPath(new URL('../../../../prisma/graph/migrations', import.meta.url));
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START_MS = Date.UTC(2026, 0, 1);

export type TestGraph = Awaited<ReturnType<typeof openTestGraph>>;

/** Everything that actions ask for, on a fresh database. Each reading of the clock is a second after the last. */
export async function openTestGraph(
  tunables: Partial<FameRules> & {
    followLimit?: number;
    hashtagLimit?: number;
    scanBudget?: number;
    eraseBatchSize?: number;
    profileOpensKeptMs?: number;
  } = {},
) {
  const database = await createTestDatabase(migrations);
  const people = new Map<Id, UserFacts>();
  let time = START_MS;
  const asked: string[][] = [];
  const logged: string[] = [];
  const cache = createEmbeddedCache();
  const logger = { error: (_fields: object, message: string) => void logged.push(message) };
  return {
    followLimit: 5_000,
    hashtagLimit: 500,
    scanBudget: 500,
    eraseBatchSize: 500,
    profileOpensKeptMs: 30 * 24 * 60 * 60 * 1000,
    famousFrom: 10_000,
    famousBelow: 8_000,
    fameNoticeMs: 60_000,
    ...tunables,
    pool: database.pool,
    reads: createReadRouter({ name: 'graph', primary: database.pool, replicaUrl: null, logger: SILENT }),
    url: database.url,
    images: createVersionedEmbeddedCache<RelationImage>(),
    commits: { notify: () => {} },
    cache,
    people: createCachedPeople({ pool: database.pool, cache, ttlMs: 3_600_000, logger }),
    logger,
    now: () => (time += 1_000),
    users: {
      async getUsers(_call: CallContext, { ids }: { ids: string[] }) {
        asked.push(ids);
        return { users: ids.flatMap((id) => people.get(id) ?? []) };
      },
    },
    /** What was asked of users, a list of ids for each request. */
    asked,
    logged,
    /** Registers somebody; the id tells which (`personId`). */
    addPerson(index: number, facts: Partial<UserFacts> = {}): Id {
      const id = personId(index);
      const handle = `person${index}`;
      people.set(id, { id, handle, name: handle, state: 'active', isPrivate: false, revision: 1n, ...facts });
      return id;
    },
    close: () => database.drop(),
  };
}

export function personId(index: number): Id {
  return composeId({ atMs: START_MS + index, node: 1, sequence: 0 });
}

export function callOf(userId: Id | null): CallContext {
  const principal = { ...ANONYMOUS, userId, scopes: userId === null ? [] : ['read', 'write'] };
  return { principal, deadline: Date.now() + 30_000, requestId: 'test', clientAddress: null };
}

type Tables = { [Table in (typeof TABLES)[number]]: string[] };
const TABLES = ['follow', 'follow_request', 'block', 'mute'] as const;

/** All there is of each relation, as `a>b`, in order. */
export async function readEdges({ pool }: Pick<TestGraph, 'pool'>): Promise<Tables> {
  const entries = TABLES.map(async (table) => {
    const { rows } = await pool.query<Record<string, string>>(`SELECT * FROM ${table}`);
    const edges = rows.map((row) => Object.values(row).slice(0, 2).join('>'));
    return [table, edges.sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Tables;
}

/** All hashtags that are followed, or were, as `a#tag`, in order. */
export async function readHashtags(
  { pool }: Pick<TestGraph, 'pool'>,
  table: 'hashtag_follow' | 'past_hashtag_follow' = 'hashtag_follow',
): Promise<string[]> {
  const { rows } = await pool.query<{ pair: string }>(`SELECT user_id || '#' || tag AS pair FROM ${table}`);
  return rows.map(({ pair }) => pair).sort();
}

/** Who opened whose profile, as `a>b`, in order. */
export async function readProfileOpens({ pool }: Pick<TestGraph, 'pool'>): Promise<string[]> {
  const { rows } = await pool.query<{ pair: string }>(`SELECT viewer_id || '>' || user_id AS pair FROM profile_open`);
  return rows.map(({ pair }) => pair).sort();
}

export type PersonRow = {
  followers: number;
  following: number;
  revision: number;
  followsRevision: number;
  erased: boolean;
};

export async function readPeople({ pool }: Pick<TestGraph, 'pool'>): Promise<Map<Id, PersonRow>> {
  const { rows } = await pool.query<PersonRow & { id: Id }>(
    `SELECT user_id AS id, follower_count AS followers, following_count AS following, revision::int,
       follows_revision::int AS "followsRevision", erased FROM person`,
  );
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

/** The events that wait in the outbox, as their readers will parse them. */
export async function readEvents({ pool }: Pick<TestGraph, 'pool'>): Promise<RelationEvent[]> {
  const { rows } = await pool.query<{ payload: object }>('SELECT payload FROM outbox ORDER BY seq');
  return rows.map((row) => relationTopic.parse(JSON.stringify(row.payload)));
}

/** As `user.followed a>b` or `hashtag.followed a#tag`, for comparing. */
export function describeEvents(events: readonly RelationEvent[]): string[] {
  return events.map((event) => {
    const target = 'tag' in event ? `#${event.tag}` : `>${event.targetId}`;
    return `${event.type} ${event.actorId}${target}`;
  });
}
