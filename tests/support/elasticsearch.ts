import { randomBytes } from 'node:crypto';
import { findServers, type Servers } from './servers.ts';

export type ElasticsearchAddress = Servers['elasticsearch'];

/** The running Elasticsearch, or null. */
export async function elasticsearchForTests(): Promise<ElasticsearchAddress | null> {
  return (await findServers('elasticsearch'))?.elasticsearch ?? null;
}

/** Nobody else's. */
export function nextNamespace(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** A request as a person would make it with curl; answers with the parsed body of any status. */
export async function askElasticsearch(
  { url, username, password }: ElasticsearchAddress,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, never>> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return (await answer.json()) as Record<string, never>;
}

/** Removes every index of a test's namespace, and nothing of others. */
export async function deleteIndexes(server: ElasticsearchAddress, namespace: string): Promise<void> {
  const found = await askElasticsearch(server, 'GET', `/${namespace}-*?features=aliases`);
  for (const index of Object.keys(found)) await askElasticsearch(server, 'DELETE', `/${index}`);
}
