import { expect, test } from 'vitest';
import type { LogRecord } from '../port.ts';
import { FULL, createInbox } from './inbox.ts';

const record = (offset: number): LogRecord => ({
  ...{ topic: 't', partition: 0, offset: BigInt(offset), key: 'k', value: '', headers: {}, appendedAt: 0 },
});
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => record(from + index));
const offsets = (taken: readonly LogRecord[]) => taken.map(({ offset }) => Number(offset));

test('hands out in order, and each once, whatever is offered again', () => {
  const inbox = createInbox('t', 0, 5n);
  expect(inbox.offer(records(3, 8), 100n)).toBe(true);
  expect(inbox.offer(records(5, 10), 100n)).toBe(true);
  expect(offsets(inbox.take(3))).toEqual([5, 6, 7]);
  expect(offsets(inbox.take(3))).toEqual([8, 9]);
  expect(inbox.next()).toBe(10n);
});

test('asks again for what a gap leaves out, and believes the second time that it is no more', () => {
  const inbox = createInbox('t', 0, 5n);
  expect(inbox.offer(records(20, 22), 100n)).toBe(false);
  expect(inbox.next()).toBe(5n);
  expect(inbox.offer(records(20, 22), 100n)).toBe(true);
  expect(offsets(inbox.take(9))).toEqual([20, 21]);
  expect(inbox.offer(records(30, 31), 100n)).toBe(false);
});

test('begins anew where the log has become shorter than it was', () => {
  const inbox = createInbox('t', 0, 50n);
  expect(inbox.offer(records(0, 3), 3n)).toBe(true);
  expect(offsets(inbox.take(9))).toEqual([0, 1, 2]);
});

test('is roomy again when half of it is gone', async () => {
  const inbox = createInbox('t', 0, 0n);
  inbox.offer(records(0, FULL), BigInt(FULL));
  let isRoomy = false;
  const waiting = inbox.roomy().then(() => (isRoomy = true));
  inbox.take(FULL / 2);
  await Promise.resolve();
  expect(isRoomy).toBe(false);
  inbox.take(1);
  await waiting;
});
