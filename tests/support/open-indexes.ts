import { createLogger } from '@starling/kit/logger.ts';
import { createElasticsearchIndex, type ElasticsearchIndexOptions } from '@starling/kit/search-index/elasticsearch.ts';
import type { SearchIndex } from '@starling/kit/search-index/port.ts';
import { askElasticsearch, deleteIndexes, nextNamespace, type ElasticsearchAddress } from './elasticsearch.ts';

/** Opens indexes in a namespace of their own. */
export function openIndexes(server: ElasticsearchAddress) {
  const namespace = nextNamespace();
  const logger = createLogger({ name: 'test', level: 'silent' });
  const opened: SearchIndex[] = [];
  return {
    namespace,
    async open(name: string, options: Partial<ElasticsearchIndexOptions> = {}): Promise<SearchIndex> {
      const index = await createElasticsearchIndex({
        ...{ ...server, namespace, name, logger, suggestedFields: ['tag'] },
        ...options,
      });
      opened.push(index);
      return index;
    },
    ask: (method: string, path: string, body?: object) => askElasticsearch(server, method, path, body),
    /** Names of the indexes that hold documents. */
    async versionsOf(name: string): Promise<string[]> {
      const found = await askElasticsearch(server, 'GET', `/${namespace}-${name}-v*?features=aliases`);
      return Object.keys(found).sort();
    },
    async close(): Promise<void> {
      for (const index of opened.splice(0)) await index.close();
      await deleteIndexes(server, namespace);
    },
  };
}
