import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findPostmaster } from '@starling/kit/postgres/embedded/postmaster.ts';
import { checkPrimary, checkReplica } from '../../health/postgres.ts';
import { type Engine, type Installation, dataFolderOf, folderOf } from '../installation.ts';
import { type Folders, HopelessError, type Instance, stopInstance } from '../instance.ts';
import { findProgram } from '../prerequisites.ts';
import { copyPrimary, createCluster } from './postgres-cluster.ts';

/** A primary, and a replica that streams from it. */
export function postgresEngine(installation: Installation): Engine {
  const { ports, secrets } = installation;
  const url = (port: number) => `postgres://postgres:${secrets.postgres}@127.0.0.1:${port}/postgres`;
  const primary = postgresInstance('postgres', ports.postgres, {
    check: () => checkPrimary(url(ports.postgres)),
    fill: (folders, draft) => createCluster(folders, draft, secrets.postgres),
  });
  const replica = postgresInstance('postgres-replica', ports.postgresReplica, {
    check: () => checkReplica(url(ports.postgresReplica)),
    fill: ({ account }, draft) => copyPrimary(account, draft, { port: ports.postgres, password: secrets.postgres }),
    hopeless: (log) => (PARTED.test(log) ? 'it can no longer follow its primary' : null),
  });
  return {
    name: 'postgres',
    prerequisites: [() => findProgram('postgres')],
    instances: [primary, replica],
    check: async () => {
      await Promise.all([primary.check(), replica.check()]);
    },
    async up(ensure) {
      await ensure(primary);
      try {
        await ensure(replica);
      } catch (error) {
        if (!(error instanceof HopelessError)) throw error;
        await stopInstance(folderOf(installation.root, replica.name));
        await rm(dataFolderOf(installation, replica.name), { recursive: true, force: true });
        await ensure(replica);
      }
    },
  };
}

/** Said by a replica that was away for too long, or whose primary is another one by now: it has to be copied anew. */
const PARTED =
  /requested WAL segment \S+ has already been removed|system identifier differs|is ahead of the WAL flush position|forked off current database system timeline/;

type Kind = Pick<Instance, 'check' | 'hopeless'> & {
  /** Makes a data folder where there is none yet. */
  fill(folders: Folders, draft: string): Promise<void>;
};

function postgresInstance(name: string, port: number, { fill, ...rest }: Kind): Instance {
  return {
    ...rest,
    name,
    port,
    // Fast: open transactions are rolled back.
    stopSignal: 'SIGINT',
    async prepare(folders) {
      const cluster = join(folders.data, 'cluster');
      if (!(await isThere(cluster))) {
        // Made aside and renamed at the end, so that a half-made one is never taken for whole.
        const draft = join(folders.data, 'draft');
        await rm(draft, { recursive: true, force: true });
        await fill(folders, draft);
        await rename(draft, cluster);
      }
      // Removes the traces of one that was killed, if its number is another program's by now.
      await findPostmaster(cluster);
      const settings = [...SETTINGS, `port=${port}`].flatMap((one) => ['-c', one]);
      return {
        command: [await findProgram('postgres'), '-D', cluster, ...settings],
        env: { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
      };
    },
  };
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=400',
  'shared_buffers=128MB',
  'wal_level=replica',
  // What the replica may fall behind before it has to be copied anew.
  'wal_keep_size=512MB',
  'hot_standby=on',
];

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
