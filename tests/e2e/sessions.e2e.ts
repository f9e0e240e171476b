import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor, type Door } from './support/client.ts';
import { act, asText, logIn, TOKENS, type Tokens } from './support/payloads.ts';
import { PASSWORD, register, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let ben: Someone;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  [ada, ben] = await Promise.all([register(stack, 'ada'), register(stack, 'ben')]);
});
afterAll(() => stack?.stop());

type Session = { id: string; userAgent: string | null; isCurrent: boolean };

const nobody = () => openDoor(stack.port);
const login = (name: string, password?: string) => logIn(stack, name, password);
const refresh = (refreshToken: string | null) => act<Tokens>(nobody(), 'refreshSession', { refreshToken }, TOKENS);

/** Whose token it is; the code of the refusal if it is nobody's. */
async function whois(accessToken: string | null): Promise<string> {
  const { data, errors } = await openDoor(stack.port, accessToken).ask<{ viewer: { handle: string } }>('Viewer');
  return errors?.[0]?.extensions.code ?? data?.viewer.handle ?? 'nobody';
}

const sessionsOf = async (door: Door) =>
  (await door.get<{ sessions: Session[] }>('{ sessions { id userAgent isCurrent } }')).sessions;

describe('logging in', () => {
  test('goes by handle, with or without its sign and in any case, and by e-mail address', async () => {
    for (const name of ['ada', 'ADA', '@Ada', ' ada ', 'ada@example.org', 'Ada@Example.ORG']) {
      const { user, accessToken, userErrors } = await login(name);
      expect([name, userErrors, user?.id, await whois(accessToken)]).toEqual([name, [], ada.id, 'ada']);
    }
  });

  test('a wrong password and a person who is not there look the same', async () => {
    const [wrong, unknown] = [await login('ada', 'wrong horse'), await login('nemo')];
    expect(wrong).toEqual(unknown);
    expect(asText(wrong)).toEqual(['WRONG_CREDENTIALS']);
    expect([wrong.user, wrong.accessToken, wrong.refreshToken]).toEqual([null, null, null]);
  });

  test('is slowed down after too many wrong passwords, and for that login only', async () => {
    await register(stack, 'target');
    for (let attempt = 0; attempt < 10; attempt += 1) await login('target', `guess ${attempt}`);
    const answer = await nobody().ask('Login', { input: { login: 'target', password: PASSWORD } });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);
    expect(answer.errors?.[0]?.extensions['retryAfterMs']).toBeGreaterThan(0);
    expect((await login('ben')).userErrors).toEqual([]);
  });
});

describe('refreshing', () => {
  test('gives new tokens for the same session, over and over', async () => {
    let { accessToken, refreshToken } = await login('ada');
    const before = await sessionsOf(openDoor(stack.port, accessToken));
    for (let round = 0; round < 3; round += 1) {
      const next = await refresh(refreshToken);
      expect(next.userErrors).toEqual([]);
      expect(next.refreshToken).not.toBe(refreshToken);
      ({ accessToken, refreshToken } = next);
    }
    expect(await whois(accessToken)).toBe('ada');
    const after = await sessionsOf(openDoor(stack.port, accessToken));
    expect(after.find(({ isCurrent }) => isCurrent)?.id).toBe(before.find(({ isCurrent }) => isCurrent)?.id);
    expect(after).toHaveLength(before.length);
  });

  test('with a token that was used before ends the session for both, and no other', async () => {
    const stolen = await login('ada');
    const other = await login('ada');
    const fresh = await refresh(stolen.refreshToken);
    expect(await whois(fresh.accessToken)).toBe('ada');
    expect(asText(await refresh(stolen.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(asText(await refresh(fresh.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect([await whois(stolen.accessToken), await whois(fresh.accessToken)]).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    expect(await whois(other.accessToken)).toBe('ada');
  });

  test('of several at once with one token, at most one wins', async () => {
    const { refreshToken } = await login('ada');
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refreshToken)));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0).length).toBeLessThanOrEqual(1);
    for (const { accessToken } of answers) if (accessToken) expect(await whois(accessToken)).toBe('UNAUTHENTICATED');
  });
});

describe('sessions', () => {
  test('are listed with what the client said it is, and can be ended one by one', async () => {
    const [phone, laptop] = [await loginWith('Phone/1.0'), await loginWith('x'.repeat(2_000))];
    const door = openDoor(stack.port, phone.accessToken);
    const listed = await sessionsOf(door);
    expect(listed.filter(({ isCurrent }) => isCurrent).map(({ userAgent }) => userAgent)).toEqual(['Phone/1.0']);
    const other = listed.find(({ userAgent }) => userAgent === 'x'.repeat(256));
    const { sessions, userErrors } = await act<{ sessions: Session[] }>(
      door,
      'revokeSession',
      { sessionId: other?.id },
      'sessions { id }',
    );
    expect([userErrors, sessions.length]).toEqual([[], listed.length - 1]);
    expect([await whois(laptop.accessToken), await whois(phone.accessToken)]).toEqual(['UNAUTHENTICATED', 'ada']);
    expect(asText(await refresh(laptop.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  });

  test('of another person are neither listed nor ended', async () => {
    const [mine] = await sessionsOf(ada);
    expect((await sessionsOf(ben)).map(({ id }) => id)).not.toContain(mine?.id);
    expect(asText(await act(ben, 'revokeSession', { sessionId: mine?.id }, 'sessions { id }'))).toEqual([
      'NOT_FOUND sessionId',
    ]);
    expect(await whois(ada.accessToken)).toBe('ada');
  });

  test('end all but the present one at once, and the present one by logging out', async () => {
    const [one, two] = [await login('ada'), await login('ada')];
    await act(openDoor(stack.port, one.accessToken), 'revokeSession', { allOthers: true }, 'sessions { id }');
    expect([await whois(one.accessToken), await whois(two.accessToken), await whois(ada.accessToken)]).toEqual([
      'ada',
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    await openDoor(stack.port, one.accessToken).get('mutation { logout { userErrors { code } } }');
    expect(await whois(one.accessToken)).toBe('UNAUTHENTICATED');
    ada = await again(ada);
  });
});

test('a new password ends every other session, and the old one opens none', async () => {
  const other = await login('ada');
  const input = { currentPassword: PASSWORD, newPassword: 'battery horse correct' };
  expect(asText(await act(ada, 'changePassword', input, 'user { id }'))).toEqual([]);
  expect([await whois(ada.accessToken), await whois(other.accessToken)]).toEqual(['ada', 'UNAUTHENTICATED']);
  expect(asText(await refresh(other.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  expect(asText(await login('ada'))).toEqual(['WRONG_CREDENTIALS']);
  expect((await login('ada', 'battery horse correct')).user?.id).toBe(ada.id);
  const back = { currentPassword: 'battery horse correct', newPassword: PASSWORD };
  expect(asText(await act(ada, 'changePassword', back, 'user { id }'))).toEqual([]);
});

async function loginWith(userAgent: string): Promise<Tokens> {
  const response = await fetch(`http://127.0.0.1:${stack.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
    body: JSON.stringify({
      query: `mutation { login(input: { login: "ada", password: "${PASSWORD}" }) { ${TOKENS} } }`,
    }),
  });
  return ((await response.json()) as { data: { login: Tokens } }).data.login;
}

async function again(someone: Someone): Promise<Someone> {
  const { accessToken, refreshToken } = await login(someone.handle);
  if (accessToken === null || refreshToken === null) throw new Error(`${someone.handle} cannot log in.`);
  return { ...someone, ...openDoor(stack.port, accessToken), accessToken, refreshToken };
}
