import { expect, test } from 'vitest';
import { bulk, type BulkItem } from './bulk.ts';
import type { Connection } from './elasticsearch-connection.ts';

const ITEM: BulkItem = { alias: 'a-write', id: '1', version: '1', versionType: 'external', source: {} };

/** A server that answers each item so, and counts how often it is asked. */
function answering(status: number, type: string, reason: string) {
  let asked = 0;
  const request: Connection['request'] = async <Answer>() => {
    asked += 1;
    return { errors: true, items: [{ index: { status, error: { type, reason } } }] } as Answer;
  };
  return { connection: { request, name: 'here', close: async () => {} }, asked: () => asked };
}

test.each([429, 403, 503])(
  'an index that is blocked, as on a full disk (%i), is no use asking again soon',
  async (status) => {
    const reason = 'index [a-v1] blocked by: [disk usage exceeded flood-stage watermark]';
    const { connection, asked } = answering(status, 'cluster_block_exception', reason);
    const message = `Elasticsearch at here takes no writes: ${reason}`;
    await expect(bulk(connection, [ITEM])).rejects.toMatchObject({ code: 'UNAVAILABLE', message });
    expect(asked()).toBe(1);
  },
);

test('what can never be stored is refused', async () => {
  const { connection } = answering(400, 'document_parsing_exception', 'no');
  await expect(bulk(connection, [ITEM])).rejects.toMatchObject({ name: 'Refusal', type: 'document_parsing_exception' });
});

test('what a failing shard has only in its memory is not taken for stored', async () => {
  const full = { status: 500, error: { type: 'i_o_exception', reason: 'No space left on device' } };
  const conflict = { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'is there' } };
  const answers = [
    [{ index: full }],
    [{ index: conflict }],
    [{ index: conflict }, { delete: full }],
    [{ index: { status: 201 } }, { delete: { status: 404 } }],
  ];
  const sent: string[] = [];
  const request: Connection['request'] = async <Answer>({ lines = '' }) => {
    sent.push(lines);
    const items = answers.shift();
    return { errors: true, items } as Answer;
  };
  await bulk({ request, name: 'here', close: async () => {} }, [ITEM]);
  expect(sent.map((lines) => lines.trimEnd().split('\n').length)).toEqual([2, 2, 3, 3]);
  expect(sent.at(-1)).toContain('{"delete":{"_index":"a-write","_id":"none","routing":"1"}}');
});
