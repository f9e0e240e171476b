import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ENGINE_NAMES } from '../engines.ts';

const schema = z.object({
  portOffset: z.number(),
  brokers: z.union([z.literal(1), z.literal(3)]),
  engines: z.array(z.enum(ENGINE_NAMES)),
  dataFolders: z.record(z.string(), z.string()),
});

/** What an installation was last brought up with; it holds until something else is asked for. */
export type Remembered = z.infer<typeof schema>;

export async function readRemembered(root: string): Promise<Remembered | null> {
  const text = await readFile(fileIn(root), 'utf8').catch(() => null);
  return text === null ? null : schema.parse(JSON.parse(text));
}

export async function remember(root: string, settings: Remembered): Promise<void> {
  const file = fileIn(root);
  await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

function fileIn(root: string): string {
  return join(root, 'installation.json');
}
