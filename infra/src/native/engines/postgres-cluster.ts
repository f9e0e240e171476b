import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, own } from '../account.ts';
import type { Folders } from '../instance.ts';
import { postgresFolder } from '../prerequisites.ts';
import { runProgram } from '../run-program.ts';

const SUPERUSER = 'postgres';
/** Byte order for text, which is the order of ids, and Unicode's classes of characters, which trigrams need. */
const LOCALE = ['--encoding=UTF8', '--lc-collate=C', '--lc-ctype=C.UTF-8', '--lc-messages=C'];

/** Makes an empty cluster, whose superuser has the password. */
export async function createCluster({ folder, account }: Folders, target: string, password: string): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await own(account, passwordFile);
  const access = ['--username', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  try {
    await runProgram(join(postgresFolder(), 'initdb'), ['--pgdata', target, ...access, ...LOCALE], { account });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Copies a running primary; the copy follows it once it is started. */
export async function copyPrimary(
  account: Account,
  target: string,
  { port, password }: { port: number; password: string },
): Promise<void> {
  const primary = `host=127.0.0.1 port=${port} user=${SUPERUSER} password=${password}`;
  const flags = ['--pgdata', target, '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast'];
  await runProgram(join(postgresFolder(), 'pg_basebackup'), ['--dbname', primary, ...flags], { account });
}
