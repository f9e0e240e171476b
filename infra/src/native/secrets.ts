import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({ postgres: z.string(), redis: z.string(), elasticsearch: z.string() });

/** Passwords of one installation. */
export type Secrets = z.infer<typeof schema>;

/** Those made at the first start: the servers' data remember them. */
export async function readSecrets(root: string): Promise<Secrets> {
  const file = join(root, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text !== null) return schema.parse(JSON.parse(text));
  const secrets = { postgres: password(), redis: password(), elasticsearch: password() };
  await writeFile(`${file}.new`, JSON.stringify(secrets), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/** Of letters and digits, so that it may stand in a URL, a shell and a configuration file as it is. */
function password(): string {
  return randomBytes(20).toString('hex');
}
