import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDigests } from './downloads.ts';

const HELLO = { size: 5, sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-digests-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('files that are those that are pinned are taken', async () => {
  await writeFile(join(folder, 'one.jar'), 'hello');
  await expect(checkDigests(folder, { 'one.jar': HELLO })).resolves.toBeUndefined();
});

test('a file with another content is refused', async () => {
  await writeFile(join(folder, 'one.jar'), 'jello');
  await expect(checkDigests(folder, { 'one.jar': HELLO })).rejects.toThrow(
    'What Maven brought is refused: one.jar is not the file whose SHA-256 is pinned.',
  );
});

test('a file that nobody expects is refused, and so is one that is missing', async () => {
  await writeFile(join(folder, 'two.jar'), 'hello');
  await expect(checkDigests(folder, { 'one.jar': HELLO })).rejects.toThrow(
    'two.jar is not expected; one.jar is missing',
  );
});
