import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffDatabase } from './schema-engine.ts';

const folder = join(import.meta.dirname, '../../prisma');
const owners = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'schema.prisma')));

describe('the migrations of a subgraph', () => {
  it.each(owners)('of %s lead to exactly what its Prisma schema says', async (name) => {
    const database = await createTestDatabase(join(folder, name, 'migrations'));
    try {
      expect(await diffDatabase(database.url, join(folder, name, 'schema.prisma'))).toBe('');
    } finally {
      await database.drop();
    }
  });

  it('are found out where one is missing', async () => {
    const database = await createTestDatabase();
    try {
      expect(await diffDatabase(database.url, join(folder, 'users/schema.prisma'))).toContain('CREATE TABLE');
    } finally {
      await database.drop();
    }
  });
});
