import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDoor } from './support/client.ts';
import { watch } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

const README = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

let stack: TestStack;
/** What the shell's variables hold. */
const shell: Record<string, string> = {};

beforeAll(async () => {
  stack = await startTestStack();
  // The demo's best-known person.
  const input = { handle: 'ada', name: 'Ada', email: 'ada@example.org', password: 'starling-demo' };
  await openDoor(stack.port).get('Register', { input });
});
afterAll(() => stack?.stop());

test('what the README says about first queries works by paste', async () => {
  const answers = await paste('First queries');
  const [registered, found, followed, posted, home, searched] = answers.map((answer) => JSON.stringify(answer));
  expect(registered).toContain(shell['TOKEN']);
  expect(found).toContain(shell['ADA']);
  expect(followed).toContain('"viewerFollows":true');
  expect(posted).toContain('"id"');
  expect(home).toContain('Hello from the #hedge');
  expect(searched).toContain('Hello from the #hedge');
});

test('and about the first subscription', async () => {
  const commands = commandsIn('First subscription');
  const last = commands.pop();
  for (const command of commands) await run(command);
  const subscription = blocksIn('First subscription', 'graphql').join();
  const ada = openDoor(stack.port, shell['ADA_TOKEN']);
  const feed = await watch<object>(stack, ada, subscription);
  if (last) await run(last);
  expect(await feed.next()).toEqual({
    data: {
      homeTimelineUpdates: { tweet: { text: 'Good morning, ada', author: { handle: 'wren' } }, retweetedBy: null },
    },
  });
  await feed.close();
});

/** `INTO=$(starling '…' | field NAME)`, `TOKEN=$OTHER starling '…'`, or plainly `starling '…'`. */
type Command = { into?: string; tokenName: string; query: string; field?: string };
const COMMAND = /(?:(\w+)=\$\()?(?:TOKEN=\$(\w+) )?starling '((?:[^']|'\$\w+')+)'(?: \| field (\w+)\))?/g;

async function paste(section: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const command of commandsIn(section)) answers.push(await run(command));
  return answers;
}

/** Repeated while it finds nothing: search follows a moment after the post. */
async function run({ into, tokenName, query, field }: Command): Promise<unknown> {
  const text = query.replace(/'\$(\w+)'/g, (_, name: string) => shell[name] ?? '');
  const door = openDoor(stack.port, shell[tokenName] ?? null);
  const data = await vi.waitFor(async () => {
    const found = await door.get<object>(text);
    expect(JSON.stringify(found)).not.toMatch(/"edges":\[\]/);
    return found;
  });
  expect(JSON.stringify(data)).not.toMatch(/"userErrors":\[\{/);
  if (into && field) {
    shell[into] = new RegExp(`"${field}":"([^"]*)"`).exec(JSON.stringify(data))?.[1] ?? '';
    expect(shell[into]).not.toBe('');
  }
  return data;
}

function commandsIn(section: string): Command[] {
  const calls = blocksIn(section, 'sh').flatMap((block) => [...block.matchAll(COMMAND)]);
  return calls.map(([, into, tokenName = 'TOKEN', query = '', field]) => ({
    tokenName,
    query,
    ...(into ? { into } : {}),
    ...(field ? { field } : {}),
  }));
}

function blocksIn(section: string, language: string): string[] {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block);
}
