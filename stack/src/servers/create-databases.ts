import type { Environment } from '@starling/kit/config/read-config.ts';
import { createDatabase } from '@starling/kit/postgres/create-database.ts';

/** The subgraphs that own facts, and so a database. */
const OWNERS = ['users', 'graph', 'tweets'] as const;
/** Those of them that read from a replica what may be a moment old; who may log in never is. */
const REPLICA_READERS: ReadonlySet<string> = new Set(['graph', 'tweets']);

export type PostgresServer = {
  url: string;
  /** A streaming replica of it; null if there is none. */
  replicaUrl: string | null;
};

/** Creates what is missing, as `<namespace>_<owner>`; the URL is that of somebody who may. */
export async function createDatabases(url: string, namespace: string): Promise<void> {
  for (const owner of OWNERS) await createDatabase(url, databaseOf(namespace, owner));
}

/** The variables that say where each subgraph's database and its replica are. */
export function databaseUrls({ url, replicaUrl }: PostgresServer, namespace: string): Environment {
  const variables = OWNERS.flatMap((owner): [string, string][] => {
    const on = (server: string) => new URL(`/${databaseOf(namespace, owner)}`, server).href;
    const name = owner.toUpperCase();
    return [
      [`${name}_DATABASE_URL`, on(url)],
      ...(replicaUrl !== null && REPLICA_READERS.has(owner)
        ? [[`${name}_REPLICA_URL`, on(replicaUrl)] as [string, string]]
        : []),
    ];
  });
  return Object.fromEntries(variables);
}

function databaseOf(namespace: string, owner: string): string {
  return `${namespace.replaceAll('-', '_')}_${owner}`;
}
