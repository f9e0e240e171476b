import { expect } from 'vitest';
import type { Answer } from './client.ts';
import type { TestStack } from './stack-under-test.ts';

export type RawRequest = { method?: string; path?: string; headers?: Record<string, string>; body?: unknown };

/** A request as somebody may write it by hand. Whatever it is, the answer is JSON. */
export async function sendRaw(
  { port }: Pick<TestStack, 'port'>,
  { method = 'POST', path = '', headers = {}, body }: RawRequest,
): Promise<Answer<unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  expect(response.headers.get('content-type')).toMatch(/json/);
  return { status: response.status, ...((await response.json()) as Omit<Answer<unknown>, 'status'>) };
}
