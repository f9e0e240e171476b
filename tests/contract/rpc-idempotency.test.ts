import { methodsOf } from '@starling/kit/rpc/definition.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { expect, test } from 'vitest';

/** What must not be tried again while its service is away: none so far. */
const NOT_REPEATABLE: readonly string[] = [];

const methods = [GraphDefinition, TweetsDefinition, UsersDefinition].flatMap(methodsOf);

test('every method says in its proto whether it may be repeated', () => {
  const unsaid = methods.filter(([, { isIdempotent }]) => !isIdempotent).map(([name]) => name);
  expect(unsaid).toEqual(NOT_REPEATABLE);
});

test('imports and notes change something, and nothing else does', () => {
  const changing = methods.filter(([, { isReadOnly }]) => !isReadOnly).map(([name]) => name);
  expect(changing).toEqual(methods.map(([name]) => name).filter((name) => /^(import|note)/.test(name)));
});
