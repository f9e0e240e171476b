import { analyze } from '@starling/domain/search-text.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createElasticsearchIndex } from '@starling/kit/search-index/elasticsearch.ts';
import { createEmbeddedSearchIndex } from '@starling/kit/search-index/embedded.ts';
import type { IndexDocument, IndexQuery, IndexWrite, SearchIndex } from '@starling/kit/search-index/port.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { deleteIndexes, elasticsearchForTests, nextNamespace } from '../support/elasticsearch.ts';

/** `open` gives an empty index that suggests keywords of `tag`, `stop` removes all of them. */
export type Adapter = {
  name: string;
  /** A server's that does not run here. */
  isMissing: boolean;
  start(): Promise<{ open(options?: { readTimeoutMs?: number }): Promise<SearchIndex>; stop(): Promise<void> }>;
};

const logger = createLogger({ name: 'test', level: 'silent' });
const elasticsearch = await elasticsearchForTests();

export const EMBEDDED: Adapter = {
  name: 'embedded (Postgres)',
  isMissing: false,
  async start() {
    const database = await createTestDatabase();
    let opened = 0;
    const nameOf = (n: number) => `t${String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)}`;
    return {
      open: (options) =>
        createEmbeddedSearchIndex({
          pool: database.pool,
          name: nameOf(opened++),
          suggestedFields: ['tag'],
          ...options,
        }),
      stop: () => database.drop(),
    };
  },
};

export const ELASTICSEARCH: Adapter = {
  name: 'elasticsearch',
  isMissing: elasticsearch === null,
  async start() {
    const server = elasticsearch!;
    const namespace = nextNamespace();
    const opened: Promise<SearchIndex>[] = [];
    const create = (options?: { readTimeoutMs?: number }) => {
      const name = `t${opened.length}`;
      const index = createElasticsearchIndex({
        ...{ ...server, namespace, name, logger, suggestedFields: ['tag'] },
        ...options,
      });
      opened.push(index);
      return index;
    };
    // Made while the test before runs: an index takes a while to make.
    let next = create();
    return {
      open(options) {
        if (options) return create(options);
        const index = next;
        next = create();
        return index;
      },
      async stop() {
        for (const index of opened) await (await index).close();
        await deleteIndexes(server, namespace);
      },
    };
  },
};

export const ADAPTERS: readonly Adapter[] = [EMBEDDED, ELASTICSEARCH];

const MATCH_ALL: Omit<IndexQuery, 'limit'> = { must: [], mustNot: [], keywords: {}, order: 'newest' };
export const id = (n: number) => String(1_000_000_000_000_000_000n + BigInt(n));

export function documentOf(
  n: number,
  text: string,
  keywords: IndexDocument['keywords'] = {},
  label = '',
): IndexDocument {
  return { id: id(n), tokens: analyze(text), keywords, label };
}

export function put(version: number, document: IndexDocument): IndexWrite {
  return { kind: 'put', version: BigInt(version), document };
}

export function remove(version: number, n: number): IndexWrite {
  return { kind: 'delete', version: BigInt(version), id: id(n) };
}

/** An index that has the documents, each in its first version. */
export async function openWith(
  { open }: { open(): Promise<SearchIndex> },
  documents: readonly IndexDocument[],
): Promise<SearchIndex> {
  const index = await open();
  await index.write(documents.map((document) => put(1, document)));
  return index;
}

export async function found(index: SearchIndex, query: Partial<IndexQuery>): Promise<string[]> {
  await index.refresh();
  return (await index.search({ ...MATCH_ALL, limit: 1_000, ...query })).map((hit) => hit.id);
}
