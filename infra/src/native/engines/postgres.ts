import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPrimary, checkReplica } from '../../health/postgres.ts';
import { own } from '../account.ts';
import type { Instance } from '../instance.ts';
import { type Engine, type Installation, ensureRunning, prepareFolders } from '../installation.ts';
import { findProgram, postgresFolder } from '../prerequisites.ts';
import { runProgram } from '../run-program.ts';

/** A primary, and a replica that streams from it. */
export async function createPostgres(installation: Installation): Promise<Engine> {
  const { ports, secrets } = installation;
  const program = await findProgram('postgres');
  const [primaryUrl, replicaUrl] = [ports.postgres, ports.postgresReplica].map(
    (port) => `postgres://${SUPERUSER}:${secrets.postgres}@127.0.0.1:${port}/postgres`,
  ) as [string, string];
  const primary = await createInstance(installation, program, {
    name: 'postgres',
    port: ports.postgres,
    check: () => checkPrimary(primaryUrl),
    fill: createCluster,
  });
  const replica = await createInstance(installation, program, {
    name: 'postgres-replica',
    port: ports.postgresReplica,
    check: () => checkReplica(replicaUrl),
    fill: copyPrimary,
  });
  return {
    instances: [replica.instance, primary.instance],
    check: async () => {
      await Promise.all([checkPrimary(primaryUrl), checkReplica(replicaUrl)]);
    },
    up: async () => {
      await ensureRunning(primary.instance, primary.prepare);
      await ensureRunning(replica.instance, replica.prepare);
    },
  };
}

const SUPERUSER = 'postgres';

type Plan = {
  name: string;
  port: number;
  check: () => Promise<void>;
  fill: (installation: Installation, folder: string, draft: string) => Promise<void>;
};

async function createInstance(
  installation: Installation,
  program: string,
  { name, port, check, fill }: Plan,
): Promise<{ instance: Instance; prepare: () => Promise<void> }> {
  const { account } = installation;
  const { folder, data } = await prepareFolders(installation, name);
  const cluster = join(data, 'cluster');
  const settings = [...SETTINGS, `port=${port}`].flatMap((one) => ['-c', one]);
  const instance: Instance = {
    name,
    folder,
    command: [program, '-D', cluster, ...settings],
    env: { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    account,
    // Fast: open transactions are rolled back.
    stopSignal: 'SIGINT',
    check,
  };
  const prepare = async () => {
    if (await isThere(cluster)) return;
    const draft = join(data, 'draft');
    await rm(draft, { recursive: true, force: true });
    await fill(installation, folder, draft);
    await rename(draft, cluster);
  };
  return { instance, prepare };
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=400',
  'shared_buffers=128MB',
  'wal_level=replica',
  // What the replica may fall behind, in WAL, before it has to be copied anew.
  'wal_keep_size=512MB',
  'hot_standby=on',
];

/** Byte order for text, which is the order of ids, and Unicode's classes of characters, which trigrams need. */
const LOCALE = ['--encoding=UTF8', '--lc-collate=C', '--lc-ctype=C.UTF-8', '--lc-messages=C'];

async function createCluster({ secrets, account }: Installation, folder: string, draft: string): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, secrets.postgres, { mode: 0o600 });
  await own(account, passwordFile);
  const access = ['--username', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  try {
    await runProgram(join(postgresFolder(), 'initdb'), ['--pgdata', draft, ...access, ...LOCALE], { account });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function copyPrimary({ ports, secrets, account }: Installation, _: string, draft: string): Promise<void> {
  const primary = `host=127.0.0.1 port=${ports.postgres} user=${SUPERUSER} password=${secrets.postgres}`;
  const flags = ['--dbname', primary, '--pgdata', draft, '--write-recovery-conf', '--wal-method=stream'];
  await runProgram(join(postgresFolder(), 'pg_basebackup'), [...flags, '--checkpoint=fast'], { account });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
