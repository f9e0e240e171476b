import { expect, test } from 'vitest';
import { StarlingError } from '../../errors.ts';
import type { RecordPosition } from '../port.ts';
import { type Parcel, createSendQueue } from './send-queue.ts';

const parcel = (key: string, bytes = 100): Parcel => ({
  record: { topic: 't', key, value: '{}', headers: {} },
  partition: 0,
  bytes,
});

/** A log that notes what is sent together, and answers when it is let. */
function recorder(refuses: (keys: string[]) => Error | null = () => null) {
  const sends: string[][] = [];
  let offset = 0n;
  const send = async (parcels: readonly Parcel[]): Promise<RecordPosition[]> => {
    const keys = parcels.map(({ record }) => record.key);
    sends.push(keys);
    await new Promise(setImmediate);
    const refusal = refuses(keys);
    if (refusal !== null) throw refusal;
    return parcels.map(() => ({ partition: 0, offset: offset++ }));
  };
  return { sends, publish: createSendQueue(send) };
}

test('joins what comes while a send is under way, and tells each where its own records are', async () => {
  const { sends, publish } = recorder();
  const results = await Promise.all([
    publish([parcel('a')]),
    publish([parcel('b'), parcel('c')]),
    publish([parcel('d')]),
  ]);
  expect(sends).toEqual([['a'], ['b', 'c', 'd']]);
  expect(results.map((positions) => positions.map(({ offset }) => Number(offset)))).toEqual([[0], [1, 2], [3]]);
});

test('parts what is too large for one send, in order', async () => {
  const { sends, publish } = recorder();
  await publish(['a', 'b', 'c', 'd', 'e'].map((key) => parcel(key, 400_000)));
  expect(sends).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('one that is refused harms none that were sent beside it', async () => {
  const { publish } = recorder((keys) => (keys.includes('bad') ? new Error('too large') : null));
  const results = await Promise.allSettled(['a', 'b', 'bad', 'c'].map((key) => publish([parcel(key)])));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

test('nothing is sent a second time while the servers are away', async () => {
  const { sends, publish } = recorder((keys) =>
    keys.includes('a') ? null : new StarlingError('UNAVAILABLE', 'no broker'),
  );
  const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => publish([parcel(key)])));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(sends).toHaveLength(2);
});
