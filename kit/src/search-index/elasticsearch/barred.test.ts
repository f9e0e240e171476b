import { expect, test } from 'vitest';
import { barRegister } from './barred.ts';
import type { Connection } from './elasticsearch-connection.ts';
import { namesOf } from './names.ts';

test('what cannot be looked up is not taken for allowed, and the part that is away is asked for', async () => {
  const paths: string[] = [];
  const request: Connection['request'] = async <Answer>({ path }: { path: string }) => {
    paths.push(path);
    const error = { type: 'no_shard_available_action_exception', reason: 'No shard available' };
    return { docs: [{ error }, { error }] } as Answer;
  };
  const bars = barRegister({ request, name: 'here', close: async () => {} }, namesOf('a'));
  const message = 'Elasticsearch at here lacks a part of an index: a-barred: No shard available';
  await expect(bars.read(['tag x'])).rejects.toMatchObject({ code: 'UNAVAILABLE', message });
  expect(paths).toEqual(['/a-barred/_mget', '/_cluster/reroute']);
});
