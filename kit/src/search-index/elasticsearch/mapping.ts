import { createHash } from 'node:crypto';

/**
 * What an index holds of a document. Texts come analysed: `tokens` is split at spaces and no more, everything else is taken whole.
 * Scores come from constants, repeats and length alone, since statistics of the whole index would differ between copies
 * and change from page to page. The documents themselves are not kept: their owners have them.
 */
const DOCUMENT = {
  // Sorted by, and read.
  id: { type: 'keyword', index: false },
  // Of the id: ranges of numbers cost less than of keywords.
  age: { type: 'long' },
  version: { type: 'keyword', index: false },
  // The place of a deleted document keeps its version: Elasticsearch itself forgets that after a minute.
  deleted: { type: 'boolean' },
  tokens: { type: 'text', analyzer: 'whitespace', norms: false, similarity: 'boolean' },
  repeats: { type: 'keyword', doc_values: false },
  brevity: { type: 'float', index: false },
  keywords: { type: 'keyword', doc_values: false },
  suggested: { type: 'keyword' },
  words: whole({ min_chars: 1, max_chars: 5 }),
  spellings: { type: 'keyword', doc_values: false },
  label: whole({ min_chars: 1, max_chars: 19 }),
} as const;

const BARRED = { field: { type: 'keyword', doc_values: false }, keyword: { type: 'keyword', doc_values: false } };

function whole(prefixes: { min_chars: number; max_chars: number }) {
  return { type: 'text', analyzer: 'keyword', norms: false, index_options: 'docs', index_prefixes: prefixes };
}

/** Pages are mostly newest first: what lies on disk in this order is read no further than a page goes. */
const SORTED = { 'index.sort.field': 'id', 'index.sort.order': 'desc' };

export type IndexSize = { shards: number; /** As `index.auto_expand_replicas` takes it. */ replicas: string };

/** The definition of an index of documents. */
export function documentIndex({ shards, replicas }: IndexSize) {
  const settings = { ...SORTED, 'index.number_of_shards': shards, 'index.auto_expand_replicas': replicas };
  return { settings: { ...settings, 'index.refresh_interval': '1s' }, mappings: mappingOf(DOCUMENT, false) };
}

/** The definition of an index of keywords whose documents stay out. In one shard, which reads several of them in their order. */
export function barredIndex({ replicas }: IndexSize) {
  const settings = { 'index.number_of_shards': 1, 'index.auto_expand_replicas': replicas };
  return { settings, mappings: mappingOf(BARRED, true) };
}

export type IndexDefinition = ReturnType<typeof documentIndex | typeof barredIndex>;

export const FINGERPRINT_OWNER = 'starling';

function mappingOf(properties: object, keepsSource: boolean) {
  const definition = { dynamic: 'strict', _source: { enabled: keepsSource }, properties };
  return { ...definition, _meta: { [FINGERPRINT_OWNER]: fingerprintOf(definition) } };
}

/** The same for the same definition, whatever server. */
function fingerprintOf(definition: object): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16);
}
