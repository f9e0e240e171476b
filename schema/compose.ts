import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SUBGRAPHS = join(import.meta.dirname, '../subgraphs');
const SUPERGRAPH = join(import.meta.dirname, 'supergraph.graphql');

export type Composed = { supergraphSdl: string; hints: string[] };

/** One subgraph's share: its name in the supergraph and its own SDL. */
export type SubgraphSdl = { name: string; sdl: string };

/** The schemas in subgraphs/<name>/schema.graphql, by name. */
export function readSubgraphs(folder = SUBGRAPHS): SubgraphSdl[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'schema.graphql')))
    .sort()
    .map((name) => ({ name, sdl: readFileSync(join(folder, name, 'schema.graphql'), 'utf8') }));
}

/**
 * The supergraph of all subgraphs; addresses in it are placeholders (`http://users/graphql`) that the gateway replaces.
 * Throws one Error that lists everything that does not fit together.
 */
export function compose(subgraphs: readonly SubgraphSdl[] = readSubgraphs()): Composed {
  const result = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}/graphql`, typeDefs: parse(sdl) })),
  );
  if (result.errors) {
    throw new Error(
      ['The subgraphs do not compose:', ...result.errors.map((error) => `- ${error.message}`)].join('\n'),
    );
  }
  return { supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`, hints: result.hints.map((hint) => hint.toString()) };
}

/** The committed supergraph, or an empty text if there is none yet. */
export function readSupergraph(file = SUPERGRAPH): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function main(): void {
  const { supergraphSdl, hints } = compose();
  for (const hint of hints) console.log(`hint: ${hint}`);
  const isStale = readSupergraph() !== supergraphSdl;
  if (!isStale) console.log('schema/supergraph.graphql is up to date.');
  else if (process.argv.includes('--check')) {
    console.error('schema/supergraph.graphql is stale: run `npm run compose` and commit it.');
    process.exitCode = 1;
  } else {
    writeFileSync(SUPERGRAPH, supergraphSdl);
    console.log('Composed schema/supergraph.graphql.');
  }
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
