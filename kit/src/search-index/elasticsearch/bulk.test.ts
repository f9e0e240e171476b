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

test.each([429, 403])(
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
