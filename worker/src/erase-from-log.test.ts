import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEmbeddedEventLog, type EmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { eraseFromLog } from './erase-from-log.ts';
import { topics } from './topics.ts';

const EVE = '1800000000000000001';
const BEN = '1800000000000000002';
const envelope = { eventId: 'e', revision: 1, version: 1, at: 1 };

let database: TestDatabase;
let log: EmbeddedEventLog;

beforeEach(async () => {
  database = await createTestDatabase();
  log = await createEmbeddedEventLog({ pool: database.pool, logger: createLogger({ name: 'test', level: 'error' }) });
  await log.ensureTopics(topics);
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

const posted = (authorId: string, text: string) => ({
  ...{ ...envelope, type: 'tweet.posted', tweetId: '1', authorId, text, parentId: null, parentAuthorId: null },
  ...{ conversationId: '1', quotedId: null, hashtags: [], mentionedIds: [EVE] },
});

async function publish(topic: string, event: object, headers: Record<string, string> = {}): Promise<void> {
  await log.publish([{ topic, key: EVE, value: JSON.stringify(event), headers }]);
}

async function tell(topic: string, event: object): Promise<void> {
  const record: LogRecord = {
    topic,
    key: EVE,
    value: JSON.stringify(event),
    headers: {},
    partition: 0,
    offset: 0n,
    appendedAt: 0,
  };
  await publish(topic, event);
  await eraseFromLog(log).handle([record]);
}

async function types(): Promise<string[]> {
  const { rows } = await database.pool.query<{ value: string }>("SELECT value FROM log_record WHERE value <> ''");
  return rows.map(({ value }) => (JSON.parse(value) as { type: string }).type).sort();
}

const profile = { ...envelope, userId: EVE, handle: 'eve', name: 'Eve', bio: '', isPrivate: false };

test('a person’s records are emptied, the news of the erasing and what others wrote stay', async () => {
  await publish('user.v1', { ...profile, type: 'user.registered' });
  await publish('tweet.v1', posted(EVE, 'mine'));
  await publish('tweet.v1', posted(BEN, 'hello @eve'));
  await publish('tweet.v1.dlq', posted(EVE, 'mine, dead'), { 'dlq-topic': 'tweet.v1' });
  await publish('relation.v1', {
    ...envelope,
    type: 'user.followed',
    actorId: BEN,
    targetId: EVE,
    targetRevision: null,
  });
  await tell('user.v1', { ...envelope, type: 'user.erased', userId: EVE });
  expect(await types()).toEqual(['tweet.posted', 'user.erased']);
});

test('what comes to the log after the erasing is emptied when its store has forgotten the person', async () => {
  await tell('user.v1', { ...envelope, type: 'user.erased', userId: EVE });
  await publish('tweet.v1', posted(EVE, 'under way'));
  await publish('tweet.v1', { ...envelope, type: 'tweet.deleted', tweetId: '1', authorId: EVE });
  await tell('erasure.v1', { ...envelope, type: 'person.forgotten', userId: EVE, by: 'tweets' });
  expect(await types()).toEqual(['person.forgotten', 'tweet.deleted', 'user.erased']);
});

test('pushes of the person end, those of others that have come as far as the person go on', async () => {
  const push = {
    ...envelope,
    type: 'push.continued',
    pushId: 'p',
    entries: [{ entryId: '1', at: 1, trace: {} }],
    famousAtMs: 0,
  };
  await publish('fanout.v1', { ...push, actorId: EVE, afterId: BEN });
  await publish('fanout.v1', { ...push, actorId: BEN, afterId: EVE });
  await tell('user.v1', { ...envelope, type: 'user.erased', userId: EVE });
  expect(await types()).toEqual(['push.continued', 'user.erased']);
  const { rows } = await database.pool.query<{ value: string }>(
    "SELECT value FROM log_record WHERE value LIKE '%push%'",
  );
  expect(rows.map(({ value }) => (JSON.parse(value) as { actorId: string }).actorId)).toEqual([BEN]);
});

test('a reader that could not take the news of the erasing finds it among the dead letters still', async () => {
  const erased = { ...envelope, type: 'user.erased', userId: EVE };
  await publish('user.v1.dlq', erased, { 'dlq-topic': 'user.v1', 'dlq-group': 'graph-users' });
  await publish('user.v1.dlq', { ...profile, type: 'user.changed' }, { 'dlq-topic': 'user.v1' });
  await tell('user.v1', erased);
  expect(await types()).toEqual(['user.erased', 'user.erased']);
});
