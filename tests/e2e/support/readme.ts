import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openDoor } from './client.ts';

const README = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8');

/** `INTO=$(starling '…' | field NAME)`, `TOKEN=$OTHER starling '…'`, or plainly `starling '…'`. */
export type Command = { into?: string; tokenName: string; query: string; field?: string };
const COMMAND = /(?:(\w+)=\$\()?(?:TOKEN=\$(\w+) )?starling '((?:[^']|'\$\w+')+)'(?: \| field (\w+)\))?/g;

/** A terminal that the README's commands are pasted into. */
export type Terminal = {
  /** What the shell's variables hold. */
  variables: Readonly<Record<string, string>>;
  run(command: Command): Promise<object>;
  /** Runs what the README says under a headline, and gives the answers. */
  paste(section: string): Promise<object[]>;
};

/** Asks at this port; `handle` takes the place of the wren of the README, who can register only once. */
export function openTerminal(port: number, handle = 'wren'): Terminal {
  const variables: Record<string, string> = {};

  async function run({ into, tokenName, query, field }: Command): Promise<object> {
    const text = query.replace(/'\$(\w+)'/g, (_, name: string) => variables[name] ?? '').replaceAll('wren', handle);
    const door = openDoor(port, variables[tokenName] ?? null);
    let data = await door.get<object>(text);
    // Search follows a moment after the post. Nothing else may need to be asked twice.
    if (findsNothing(data)) {
      const again = async () => findsNothing((data = await door.get<object>(text)));
      await expect.poll(again, { timeout: 60_000, interval: 100 }).toBe(false);
    }
    expect(JSON.stringify(data)).not.toMatch(/"userErrors":\[\{/);
    if (into && field) {
      variables[into] = new RegExp(`"${field}":"([^"]*)"`).exec(JSON.stringify(data))?.[1] ?? '';
      expect(variables[into]).not.toBe('');
    }
    return data;
  }

  return {
    variables,
    run,
    async paste(section) {
      const answers: object[] = [];
      for (const command of commandsIn(section)) answers.push(await run(command));
      return answers;
    },
  };
}

export function commandsIn(section: string): Command[] {
  const calls = blocksIn(section, 'sh').flatMap((block) => [...block.matchAll(COMMAND)]);
  return calls.map(([, into, tokenName = 'TOKEN', query = '', field]) => ({
    tokenName,
    query,
    ...(into ? { into } : {}),
    ...(field ? { field } : {}),
  }));
}

export function blocksIn(section: string, language: string): string[] {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block);
}

function findsNothing(data: object): boolean {
  return JSON.stringify(data).includes('"edges":[]');
}
