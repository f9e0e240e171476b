import { openDoor, type Door } from './client.ts';
import { PASSWORD } from './people.ts';
import type { TestStack } from './stack-under-test.ts';

type UserErrors = { userErrors: { code: string; field: string[] | null }[] };
export type Tokens = { user: { id: string } | null; accessToken: string | null; refreshToken: string | null };

export const TOKENS = 'user { id } accessToken refreshToken';

/** Runs a mutation by its field; gives its payload, user errors and all. */
export async function act<Content>(
  door: Door,
  field: string,
  input: object | null,
  selection: string,
): Promise<Content & UserErrors> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const data = await door.get<Record<string, Content & UserErrors>>(
    input === null
      ? `mutation { ${field} { ${selection} userErrors { code field } } }`
      : `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code field } } }`,
    input === null ? {} : { input },
  );
  const payload = data[field];
  if (!payload) throw new Error(`${field} gave no payload.`);
  return payload;
}

/** Each as its code and its field. */
export function asText({ userErrors }: UserErrors): string[] {
  return userErrors.map(({ code, field }) => `${code} ${field?.join('.') ?? ''}`.trim());
}

export function logIn({ port }: Pick<TestStack, 'port'>, name: string, password = PASSWORD) {
  return act<Tokens>(openDoor(port), 'login', { login: name, password }, TOKENS);
}
