import { GraphQLError, Kind, parse, type OperationDefinitionNode } from 'graphql';
import { expect, test } from 'vitest';
import { StarlingError, toGraphQLError } from './errors.ts';
import { presentError } from './present-error.ts';

function present(error: unknown) {
  const logged: { fields: object; message: string }[] = [];
  const logger = { error: (fields: object, message: string) => void logged.push({ fields, message }) };
  return { told: presentError(error, { requestId: 'r-1', logger }), logged };
}

const located = (originalError: Error) => new GraphQLError(originalError.message, { originalError, path: ['a', 0] });

test('a StarlingError is told with its code and details, however often it was wrapped', () => {
  const error = new StarlingError('RATE_LIMITED', 'Slower', { retryAfterMs: 5 });
  for (const wrapped of [error, toGraphQLError(error), located(located(error))]) {
    const { told, logged } = present(wrapped);
    expect(told).toMatchObject({ message: 'Slower', extensions: { code: 'RATE_LIMITED', retryAfterMs: 5 } });
    expect(logged).toEqual([]);
  }
});

test('a coded error keeps its code when it wraps what has none: a subgraph’s answer, or a library’s own error', () => {
  const answer = { message: 'Log in first', extensions: { code: 'UNAUTHENTICATED' } } as unknown as Error;
  for (const originalError of [answer, new GraphQLError('Log in first')]) {
    const { told, logged } = present(
      new GraphQLError('Log in first', { originalError, extensions: { code: 'UNAUTHENTICATED' } }),
    );
    expect(told).toMatchObject({ message: 'Log in first', extensions: { code: 'UNAUTHENTICATED' } });
    expect(logged).toEqual([]);
  }
});

test('of two coded errors the inner one, which knows more, is told', () => {
  const inner = new GraphQLError('Too deep', { extensions: { code: 'OPERATION_TOO_COMPLEX' } });
  const outer = new GraphQLError('Invalid', {
    originalError: inner,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  expect(present(outer).told).toMatchObject({ message: 'Too deep', extensions: { code: 'OPERATION_TOO_COMPLEX' } });
});

test('what nobody foresaw is masked and logged once, with the id of the request', () => {
  const cause = new Error('the password is hunter2');
  for (const error of [cause, located(cause), 'the password is hunter2', new GraphQLError('the password is hunter2')]) {
    const { told, logged } = present(error);
    expect(told.message).toBe('Internal error');
    expect(told.extensions).toEqual({ code: 'INTERNAL', requestId: 'r-1' });
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({ requestId: 'r-1' });
  }
});

test('a complaint about variables is told, one about what a resolver returned is not', () => {
  const [operation] = parse('query ($n: Int!) { a(n: $n) }').definitions as [OperationDefinitionNode];
  const [variable] = operation.variableDefinitions ?? [];
  const [field] = operation.selectionSet.selections;
  expect(field?.kind).toBe(Kind.FIELD);
  expect(present(new GraphQLError('"$n" is not given', { nodes: variable })).told.extensions).toEqual({
    code: 'BAD_USER_INPUT',
  });
  expect(present(new GraphQLError('Int cannot represent "secret"', { nodes: field })).told.extensions).toMatchObject({
    code: 'INTERNAL',
  });
});

test('an outage is told as one, whichever library noticed it', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  const ended = new Error('Connection terminated unexpectedly');
  for (const cause of [refused, located(refused), ended, new Error('query failed', { cause: refused })]) {
    const { told, logged } = present(cause);
    expect(told.extensions).toEqual({ code: 'UNAVAILABLE', requestId: 'r-1' });
    expect(told.message).not.toContain('5432');
    expect(logged).toHaveLength(1);
  }
});
