import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from './support/client.ts';
import { watch } from './support/people.ts';
import { blocksIn, commandsIn, openTerminal, type Terminal } from './support/readme.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let terminal: Terminal;

beforeAll(async () => {
  stack = await startTestStack();
  terminal = openTerminal(stack.port);
  // The demo's best-known person.
  const input = { handle: 'ada', name: 'Ada', email: 'ada@example.org', password: 'starling-demo' };
  await openDoor(stack.port).get('Register', { input });
});
afterAll(() => stack?.stop());

test('what the README says about first queries works by paste', async () => {
  const answers = await terminal.paste('First queries');
  const [registered, found, followed, posted, home, searched] = answers.map((answer) => JSON.stringify(answer));
  expect(registered).toContain(terminal.variables['TOKEN']);
  expect(found).toContain(terminal.variables['ADA']);
  expect(followed).toContain('"viewerFollows":true');
  expect(posted).toContain('"id"');
  expect(home).toContain('Hello from the #hedge');
  expect(searched).toContain('Hello from the #hedge');
});

test('and about the first subscription', async () => {
  const commands = commandsIn('First subscription');
  const last = commands.pop();
  for (const command of commands) await terminal.run(command);
  const subscription = blocksIn('First subscription', 'graphql').join();
  const ada = openDoor(stack.port, terminal.variables['ADA_TOKEN']);
  const feed = await watch<object>(stack, ada, subscription);
  if (last) await terminal.run(last);
  expect(await feed.next()).toEqual({
    data: {
      homeTimelineUpdates: { tweet: { text: 'Good morning, ada', author: { handle: 'wren' } }, retweetedBy: null },
    },
  });
  await feed.close();
});
