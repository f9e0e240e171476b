import { chown, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ServersError } from '../servers-error.ts';
import { runProgram } from './run-program.ts';

/** Whom the servers run as; null is whoever runs us. */
export type Account = { name: string; uid: number; gid: number } | null;

/**
 * Postgres and Elasticsearch refuse root, and nothing here needs it: root starts all of them as somebody else. That is
 * whom SERVERS_USER names, else the person behind sudo, else the folder's owner, else `nobody`.
 */
export async function chooseAccount(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Account> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readAccounts();
  const named = environment.SERVERS_USER;
  if (named !== undefined && named !== '')
    return nonRoot(
      named,
      accounts.find(({ name }) => name === named),
    );
  const owner = (await stat(folder)).uid;
  const candidates = [Number(environment.SUDO_UID ?? 0), owner].filter((uid) => uid !== 0);
  const account =
    candidates.map((uid) => accounts.find((one) => one.uid === uid)).find((one) => one !== undefined) ??
    accounts.find(({ name }) => name === 'nobody');
  return nonRoot('nobody', account);
}

/** Fails, saying what to do, if the servers could not reach their programs or data there. */
export async function checkReach(account: Account, folder: string): Promise<void> {
  try {
    await runProgram('/bin/sh', ['-c', 'cd "$0"', folder], { account });
  } catch (cause) {
    throw new ServersError(
      `The servers run as ${account?.name ?? 'you'}, not as root, and that user cannot reach ${folder}. Open the folders above it (chmod o+x), move the clone, or name another user in SERVERS_USER.`,
      { cause },
    );
  }
}

/** Hands files or folders to the account. */
export async function own(account: Account, ...paths: readonly string[]): Promise<void> {
  if (account !== null) await Promise.all(paths.map((path) => chown(path, account.uid, account.gid)));
}

/** Hands over a folder with all that is in it. */
export async function ownTree(account: Account, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  await own(account, folder, ...entries.map((entry) => join(folder, entry)));
}

type KnownAccount = NonNullable<Account>;

function nonRoot(name: string, account: KnownAccount | undefined): KnownAccount {
  if (account === undefined)
    throw new ServersError(`There is no user ${name} to run the servers as; name one in SERVERS_USER.`);
  if (account.uid === 0)
    throw new ServersError('Elasticsearch and Postgres refuse root: name another user in SERVERS_USER.');
  return account;
}

async function readAccounts(): Promise<KnownAccount[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  return lines
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid }) => name !== '' && Number.isInteger(uid));
}
