import type { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { withoutSilentNulls } from './without-silent-nulls.ts';

const complaint = (...path: (string | number)[]) => ({ message: 'Cannot return null for non-nullable field.', path });
type Answer = { data: object | null; errors?: readonly GraphQLError[]; extensions: Record<string, unknown> };
const answer = (data: object | null, ...complaints: object[]): Answer => ({
  data,
  extensions: { valueCompletion: complaints },
});

test('a reference to somebody who has gone is null, as the schema promises, and no error', () => {
  const data = { tweet: { entities: [{ value: 'gone', user: null }] } };
  const told = withoutSilentNulls(
    answer(
      data,
      complaint('tweet', 'entities', 0, 'user', 'handle'),
      complaint('tweet', 'entities', 0, 'user', 'name'),
    ),
  );
  expect(told).toEqual({ data });
});

test('what takes its surroundings with it is an error', () => {
  const path = ['homeTimeline', 'edges', 0, 'node', 'id'];
  expect(withoutSilentNulls(answer(null, complaint(...path))).errors).toMatchObject([{ path }]);
  expect(withoutSilentNulls(answer({ homeTimeline: null }, complaint(...path))).errors).toMatchObject([{ path }]);
});

test('a field of the answer itself is an error', () => {
  expect(withoutSilentNulls(answer(null, complaint('mustBe'))).errors).toMatchObject([{ path: ['mustBe'] }]);
});
