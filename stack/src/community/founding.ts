import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * How the community on a data folder came to be. `seeding` outlives a crash, so that the next start goes on with the same
 * people and the same moment; every other state means: leave it as it is.
 */
const foundingSchema = z.object({
  state: z.enum(['seeding', 'seeded', 'empty', 'imported']),
  /** Epoch milliseconds that the demo community is told from. */
  nowMs: z.number().int(),
});
export type Founding = z.infer<typeof foundingSchema>;

const FILE = 'founding.json';

/** Null on a data folder that has none yet. */
export async function readFounding(dataDir: string): Promise<Founding | null> {
  try {
    return foundingSchema.parse(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new Error(
      `${join(dataDir, FILE)}, the record of how this data folder came to be, cannot be read. Delete it and start with --empty to keep what the folder holds.`,
      { cause: error },
    );
  }
}

export async function writeFounding(dataDir: string, founding: Founding): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const target = join(dataDir, FILE);
  await writeFile(`${target}.new`, JSON.stringify(founding) + '\n');
  await rename(`${target}.new`, target);
}
