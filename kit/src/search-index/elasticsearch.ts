import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { barRegister } from './elasticsearch/barred.ts';
import { connect, type Connection } from './elasticsearch/elasticsearch-connection.ts';
import type { IndexSize } from './elasticsearch/mapping.ts';
import { openIndex } from './elasticsearch/open-index.ts';
import { searchIndex, suggestKeywords, type ReadSource } from './elasticsearch/read.ts';
import { rebuildIndex } from './elasticsearch/rebuild.ts';
import { Refusal } from './elasticsearch/refusal.ts';
import { writtenVersions } from './elasticsearch/targets.ts';
import { applyWrites, type WriteTarget } from './elasticsearch/write.ts';
import type { SearchIndex } from './port.ts';

export type ElasticsearchIndexOptions = {
  /** `http://host:port`, or several nodes of one cluster with commas between. */
  url: string;
  username?: string;
  password?: string;
  /** Indexes are called `<namespace>-<name>…`: lower-case letters, digits, hyphens and underscores. */
  namespace: string;
  name: string;
  /** Fields whose keywords can be suggested. Fixed until the next rebuild. */
  suggestedFields?: readonly string[];
  /** A read that takes longer ends with DEADLINE_EXCEEDED. Default 2,000. */
  readTimeoutMs?: number;
  /** Of an index that is made anew. Default 1. */
  shards?: number;
  /** Copies of each shard, from and to: as many as there are other nodes for. Default `0-1`. */
  replicas?: string;
  logger: Pick<Logger, 'warn'>;
};

const PING_TIMEOUT_MS = 2_000;
const REFRESH_TIMEOUT_MS = 30_000;
const UNAUTHORIZED = new Set([401, 403]);

/**
 * A search index on Elasticsearch 9, of which it needs the core alone. Makes its indexes if they are missing; several processes
 * may open the same one. Throws an error that says what to do about a wrong password, another major version or an index with a
 * foreign mapping, and StarlingError UNAVAILABLE if nobody answers.
 */
export async function createElasticsearchIndex(options: ElasticsearchIndexOptions): Promise<SearchIndex> {
  const connection = connect(options);
  try {
    return await open(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function open(connection: Connection, options: ElasticsearchIndexOptions): Promise<SearchIndex> {
  const { namespace, name, suggestedFields = [], readTimeoutMs = 2_000, shards = 1, replicas = '0-1' } = options;
  const size: IndexSize = { shards, replicas };
  const names = await openIndex({ connection, base: `${namespace}-${name}`, size });
  if ((await writtenVersions(connection, names)).length > 1)
    options.logger.warn(
      { index: names.base },
      'A rebuild of the index is under way, or was cut short; run it again then',
    );
  const opened = trusted(connection);
  const { base } = names;
  const source: ReadSource = { connection: opened, base, timeoutMs: readTimeoutMs };
  const bars = barRegister(opened, names);
  const target: WriteTarget = { connection: opened, names, bars, suggestedFields: new Set(suggestedFields) };
  return {
    write: (writes) => applyWrites(target, writes),
    search: (query) => searchIndex(source, query),
    async suggestKeywords(wanted) {
      if (!suggestedFields.includes(wanted.field))
        throw new Error(`Search index ${name} does not suggest ${wanted.field}`);
      return suggestKeywords(source, wanted);
    },
    async refresh() {
      await opened.request({ method: 'POST', path: `/${base}/_refresh`, timeoutMs: REFRESH_TIMEOUT_MS });
    },
    ping: () => ping(opened, base),
    rebuild: (documents) => rebuildIndex(target, documents, size),
    close: () => connection.close(),
  };
}

async function ping(connection: Connection, base: string): Promise<void> {
  const path = `/_cluster/health/${base}`;
  const { status } = await connection.request<{ status: string }>({ method: 'GET', path, timeoutMs: PING_TIMEOUT_MS });
  if (status === 'red')
    throw new StarlingError('UNAVAILABLE', `Elasticsearch at ${connection.name} lacks a part of ${base}`);
}

/** Whom the server let in once, it does not refuse for what is asked: rights that were taken away can be given back. */
function trusted(connection: Connection): Connection {
  return {
    ...connection,
    request: (request) =>
      connection.request<never>(request).catch((error: unknown) => {
        if (!(error instanceof Refusal) || !UNAUTHORIZED.has(error.status)) throw error;
        throw new StarlingError(
          'UNAVAILABLE',
          `Elasticsearch at ${connection.name} lets us in no more`,
          {},
          { cause: error },
        );
      }),
  };
}
