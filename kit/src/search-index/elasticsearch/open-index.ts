import { StarlingError } from '../../errors.ts';
import type { Connection } from './elasticsearch-connection.ts';
import { barredIndex, documentIndex, FINGERPRINT_OWNER, type IndexDefinition, type IndexSize } from './mapping.ts';
import { namesOf, type IndexNames } from './names.ts';
import { Refusal } from './refusal.ts';

export type OpenIndex = { connection: Connection; base: string; size: IndexSize };

const TIMEOUT_MS = 10_000;
const PLACED_WITHIN_MS = 20_000;
/** The client speaks with servers of its own major version. */
const MAJOR = 9;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/**
 * Makes the index if it is missing; several processes may do so at once. Throws an error that says what is wrong with the password,
 * the server's version or the mapping of an index that is there, or StarlingError UNAVAILABLE.
 */
export async function openIndex({ connection, base, size }: OpenIndex): Promise<IndexNames> {
  const names = namesOf(base);
  await checkServer(connection).catch((error: unknown) => {
    throw explained(error, connection.name);
  });
  const documents = { ...documentIndex(size), aliases: { [base]: {}, [names.writeAlias(1)]: {} } };
  await Promise.all([
    openOne(connection, { name: names.barred, created: names.barred, definition: barredIndex(size) }),
    openOne(connection, { name: base, created: names.version(1), definition: documents }),
  ]);
  return names;
}

type Definition = IndexDefinition & { aliases?: object };

/** Makes what will be known by this name, if nothing is; checks what is there. */
async function openOne(
  connection: Connection,
  { name, created, definition }: { name: string; created: string; definition: Definition },
): Promise<void> {
  if (!(await exists(connection, name))) await createUnlessThere(connection, created, definition);
  await checkMapping(connection, name, definition);
}

async function checkServer(connection: Connection): Promise<void> {
  const { nodes } = await connection.request<{ nodes: Record<string, { version: string }> }>({
    ...{ method: 'GET', path: '/_nodes/_local/_none', timeoutMs: TIMEOUT_MS },
    query: { filter_path: 'nodes.*.version' },
  });
  const version = Object.values(nodes)[0]?.version ?? 'an unknown version';
  if (Number.parseInt(version, 10) === MAJOR) return;
  throw new Error(`Elasticsearch at ${connection.name} is version ${version}; version ${MAJOR} is needed`);
}

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof Refusal)) return error;
  const say = (message: string) => new Error(message, { cause: error });
  if (error.status === UNAUTHORIZED) return say(`Elasticsearch at ${name} refuses the user name or the password`);
  if (error.type === 'media_type_header_exception')
    return say(`Elasticsearch at ${name} is of another version; version ${MAJOR} is needed`);
  if (error.type === 'other_product') return say(`The server at ${name} is not Elasticsearch`);
  return error;
}

async function exists(connection: Connection, name: string): Promise<boolean> {
  const request = { method: 'GET', path: `/${name}/_mapping`, timeoutMs: TIMEOUT_MS, accept: [NOT_FOUND] } as const;
  const { status } = await connection.request<{ status?: number }>({ ...request, query: { filter_path: 'status' } });
  return status !== NOT_FOUND;
}

/** Somebody else may have made it in the meantime. */
async function createUnlessThere(connection: Connection, name: string, definition: Definition): Promise<void> {
  const isPlaced = await createIndex(connection, name, definition).catch((error: unknown) => {
    if (error instanceof Refusal && error.type === 'resource_already_exists_exception') return true;
    throw error;
  });
  if (!isPlaced) throw noPlaceFor(name, connection);
}

/** False if the server made it and has no place for it. */
export async function createIndex(connection: Connection, name: string, definition: Definition): Promise<boolean> {
  const { shards_acknowledged: isPlaced } = await connection.request<{ shards_acknowledged: boolean }>({
    ...{ method: 'PUT', path: `/${name}`, body: definition },
    ...{ query: { timeout: `${PLACED_WITHIN_MS}ms` }, timeoutMs: PLACED_WITHIN_MS + TIMEOUT_MS },
  });
  return isPlaced;
}

export function noPlaceFor(index: string, { name }: Connection): StarlingError {
  return new StarlingError(
    'UNAVAILABLE',
    `Elasticsearch at ${name} has no place for the index ${index}: is its disk full?`,
  );
}

type Mappings = Record<string, { mappings: { _meta?: Record<string, unknown> } }>;

/** An index that others made, or another version of this program, is neither read nor written. */
async function checkMapping(connection: Connection, name: string, expected: IndexDefinition): Promise<void> {
  const found = await connection.request<Mappings>({ method: 'GET', path: `/${name}/_mapping`, timeoutMs: TIMEOUT_MS });
  const fingerprint = expected.mappings._meta[FINGERPRINT_OWNER];
  const foreign = Object.entries(found).find(([, { mappings }]) => mappings._meta?.[FINGERPRINT_OWNER] !== fingerprint);
  if (foreign === undefined) return;
  const at = `The index ${foreign[0]} at ${connection.name}`;
  throw new Error(
    `${at} has a mapping of another program or version (its fingerprint is not ${fingerprint}). ` +
      'Choose another namespace, or delete the index and rebuild it with "starling search rebuild"',
  );
}
