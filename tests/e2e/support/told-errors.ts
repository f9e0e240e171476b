import { expect } from 'vitest';
import { TRANSPORT_CODES, type TransportCode } from '@starling/kit/errors.ts';
import { USER_ERROR_CODES, type UserErrorCode } from '@starling/schema/error-codes.ts';

type ToldError = { message: string; extensions?: Record<string, unknown> };

/** Facts that may stand beside the code. */
const TOLD_BESIDE_THE_CODE = new Set(['code', 'argument', 'requestId', 'retryAfterMs', 'requiredScopes']);

/** Words that only somebody who built this would know: subgraphs, SQL, places in the source. */
const INTERNALS =
  /subgraph|representations|__typename|select .+ from |insert into|postgres|prisma|relation "|column "|node_modules|\.ts\b|at \w+ \(|ECONN|undefined|\[object|null prototype/i;

/** The answer's one error, which has the code, says something plain, and nothing of the inside. */
export function expectOneError(answer: { errors?: readonly ToldError[] }, code: TransportCode): void {
  expect(answer.errors?.map(({ extensions }) => extensions?.['code'])).toEqual([code]);
  for (const { message, extensions } of answer.errors ?? []) {
    expect(TRANSPORT_CODES).toContain(extensions?.['code']);
    expectPlain(message);
    expect(Object.keys(extensions ?? {}).filter((name) => !TOLD_BESIDE_THE_CODE.has(name))).toEqual([]);
  }
}

export type ToldUserError = { code: string; field: string[] | null; message: string };

/** The payload's one user error; all else in it is null. */
export function expectOneUserError(
  payload: Record<string, unknown> & { userErrors: readonly ToldUserError[] },
  { code, field }: { code: UserErrorCode; field: string | null },
): void {
  const { userErrors, ...rest } = payload;
  expect(userErrors.map((error) => [error.code, error.field])).toEqual([[code, field === null ? null : [field]]]);
  for (const error of userErrors) {
    expect(USER_ERROR_CODES).toContain(error.code);
    expectPlain(error.message);
  }
  expect(Object.values(rest).filter((value) => value !== null)).toEqual([]);
}

export function expectPlain(message: string): void {
  expect(message).toMatch(/^\S.{5,400}$/s);
  expect(message).not.toMatch(INTERNALS);
}
