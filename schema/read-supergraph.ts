import { readFile } from 'node:fs/promises';

/** The composed supergraph as it is committed; `npm run compose` writes it. */
export function readSupergraph(): Promise<string> {
  return readFile(new URL('./supergraph.graphql', import.meta.url), 'utf8');
}
