import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HAPROXY_FILES, renderHaproxy } from '@starling/infra/haproxy.ts';

const version = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });

describe.each(HAPROXY_FILES)('$file', ({ file, plan }) => {
  test('is what the ports table makes of it (npm run generate:haproxy)', async () => {
    expect(await readFile(file, 'utf8')).toBe(renderHaproxy(plan));
  });

  test.skipIf(version.error !== undefined)('is valid for HAProxy', () => {
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', fileURLToPath(file)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
