import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createBench, type Ended } from './support/starling-process.ts';

const bench = createBench();
afterAll(() => bench.clean());

let data: string;
beforeEach(async () => {
  data = await bench.folder();
});

function run(flags: string[], env: Record<string, string> = {}): Promise<Ended> {
  return bench.start({ data, flags, env }).ended;
}

describe('flags', () => {
  test.each([
    [['--nonsense'], "error: unknown option '--nonsense'\n"],
    [['--port', 'abc'], /'abc' is invalid\. A port is a whole number from 0 to 65535\.\n$/],
    [['--port', '65536'], /'65536' is invalid\. A port is a whole number/],
    [['--port'], /argument missing/],
    [['stray'], /too many arguments/],
  ])('%j is refused in a line', async (flags, complaint) => {
    const { code, stdout, stderr } = await run(flags);
    expect(stderr).toEqual(typeof complaint === 'string' ? complaint : expect.stringMatching(complaint));
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([1, '']);
  });

  test('--help tells of every flag', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const flag of ['--port', '--host', '--data', '--empty', '--production', '--print-config', '--help'])
      expect(stdout).toContain(flag);
  });
});

describe('configuration', () => {
  test('everything that is wrong is told at once, and no value', async () => {
    const { code, stdout, stderr } = await run([], {
      GATEWAY_PORT: 'hunter2',
      USERS_SESSION_MS: '-1',
      GATEWAY_PROT: '4000',
      STARLING_TYPO: 'x',
    });
    expect(stderr.split('\n')).toEqual([
      'The configuration is wrong:',
      '  GATEWAY_PROT is not known; did you mean GATEWAY_PORT?',
      '  STARLING_TYPO is not known',
      expect.stringMatching(/^ {2}GATEWAY_PORT: /),
      expect.stringMatching(/^ {2}USERS_SESSION_MS: /),
      '',
    ]);
    expect(stderr).not.toContain('hunter2');
    expect([code, stdout]).toEqual([1, '']);
    expect(existsSync(join(data, 'postgres'))).toBe(false);
  });

  test('a database of one’s own is refused instead of silently left aside', async () => {
    const { code, stderr } = await run([], { USERS_DATABASE_URL: 'postgres://u:hunter2@db/users' });
    expect(stderr).toContain('USERS_DATABASE_URL is set, but an embedded stack brings its own databases');
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  test('--print-config prints what flags and environment make of it, and starts nothing', async () => {
    const { code, stdout, stderr } = await run(['--print-config', '--port', '5001'], { USERS_SESSION_MS: '60000' });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual(expect.arrayContaining(['GATEWAY_PORT=5001', 'USERS_SESSION_MS=60000']));
    for (const line of lines) expect(line).toMatch(/^[A-Z0-9_]+=/);
    expect(existsSync(join(data, 'postgres'))).toBe(false);
  });
});

describe('data folder', () => {
  test('a file in its place', async () => {
    data = join(data, 'file');
    await writeFile(data, 'I am a file.');
    await expectRefusal(/^The data folder .* cannot be used: there is a file where the folder should be\.\n$/);
  });

  test.runIf(process.platform === 'linux')('a place where nobody may write', async () => {
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) await chmod(data, 0o500);
    data = isRoot ? '/sys/starling' : join(data, 'inside');
    await expectRefusal(/^The data folder .* cannot be used: it may not be written by this user\.\n$/);
  });

  test.each(['', '{"state": "see', '{"state":"conquered","nowMs":1}'])(
    'founding.json that says %j',
    async (content) => {
      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'founding.json'), content);
      await expectRefusal(/founding\.json.* cannot be read\. Delete it and start with --empty to keep/);
      expect(existsSync(join(data, 'postgres'))).toBe(false);
    },
  );

  async function expectRefusal(complaint: RegExp): Promise<void> {
    const { code, stdout, stderr } = await run(['--port', '0']);
    expect(stderr).toMatch(complaint);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([1, '']);
  }
});
