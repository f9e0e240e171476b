import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationErrors, operations } from '@starling/kit/telemetry/metrics.ts';
import { ask } from './testing/ask.ts';
import { connect, endSockets, subscribe } from './testing/socket-client.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

let door: TestGateway;
beforeAll(async () => {
  door = await startTestGateway();
});
afterAll(async () => {
  endSockets();
  await door.stop();
});

async function counted() {
  const [refused, errors] = await Promise.all([operations.get(), operationErrors.get()]);
  const valueOf = ({ values }: typeof refused | typeof errors, wanted: Record<string, string>) =>
    values.find(({ labels }) => Object.entries(wanted).every(([name, value]) => labels[name as never] === value))
      ?.value;
  return [
    valueOf(refused, { type: 'unknown', outcome: 'error' }) ?? 0,
    valueOf(errors, { code: 'GRAPHQL_VALIDATION_FAILED' }) ?? 0,
  ];
}

test('what cannot be run is counted, over HTTP and on a socket', async () => {
  await ask(door.url, { query: '{ nope }' });
  expect(await counted()).toEqual([1, 1]);
  const client = await connect(door.port);
  subscribe(client, '1', '{ nope }');
  expect(await client.next()).toMatchObject({ type: 'error' });
  expect(await counted()).toEqual([2, 2]);
});
