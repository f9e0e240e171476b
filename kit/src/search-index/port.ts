/**
 * A full-text index over documents of one kind.
 *
 * Promises of every adapter (tests/conformance/search-index*.conformance.ts):
 * - Writes carry an external version; an older or equal version never undoes a newer one, a deletion leaves its version behind.
 * - What `write` has resolved for is found by the next `search` after `refresh()`.
 * - Tokens, keywords and labels are made by the caller (one pure function for all adapters), well-formed and without control
 *   characters; the index stems, folds and drops nothing. A token has at most 400 bytes, and a document at most 255 of the same.
 * - Pages follow `SortKey`: newest first by document id, or best score first and then newest; nothing repeats or is skipped at a seam.
 * - Scores are the adapter's own, and depend on nothing but the document and the query. Where more than 10,000 documents match,
 *   relevance may be judged among the newest of them only.
 * - A search that costs too much ends with StarlingError DEADLINE_EXCEEDED; a server that is away is StarlingError UNAVAILABLE.
 */
export type SearchIndex = {
  /** Applies each write by its version. */
  write(writes: readonly IndexWrite[]): Promise<void>;
  search(query: IndexQuery): Promise<IndexHit[]>;
  /** Keywords of `field` (one of those the index was made to suggest) that start with `prefix`, the most frequent in documents first. */
  suggestKeywords(options: {
    field: string;
    prefix: string;
    limit: number;
    /** Only documents with an id at or above. */ sinceId?: string;
  }): Promise<{ keyword: string; count: number }[]>;
  refresh(): Promise<void>;
  /**
   * Makes the index anew from all documents there are, beside reads and writes: what is written meanwhile is not lost, what the
   * source does not have is gone in the end, and searches answer all the time. The source is first asked for when it may begin to read, and
   * from then on must know of every write that has been handed in. Cut short, it leaves an index to work with; to be run again.
   */
  rebuild(source: RebuildSource): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** What a user of indexes may ask for when one is opened. */
export type IndexOptions = {
  /** Fields whose keywords can be suggested. */
  suggestedFields?: readonly string[];
  /** A read that takes longer ends with DEADLINE_EXCEEDED. */
  readTimeoutMs?: number;
};

export type IndexDocument = {
  /** Equal-width decimal string; its order is age. */
  id: string;
  /** Tokens in their order, for words and phrases. */
  tokens: readonly string[];
  /** Exact values by field, such as `author` or `hashtag`. */
  keywords: Readonly<Record<string, readonly string[]>>;
  /** A few words with spaces between for fuzzy and prefix match, such as handle and name, the foremost first. Empty if unused. */
  label: string;
};

export type IndexWrite =
  | { kind: 'put'; version: bigint; document: IndexDocument }
  | { kind: 'delete'; version: bigint; id: string }
  /** Deletes every document that has this keyword, whatever its version, and keeps those out that come with it later. */
  | { kind: 'deleteByKeyword'; field: string; keyword: string };

/** Batches of documents, and of places of deleted ones, each under its version. */
export type RebuildSource = AsyncIterable<readonly Extract<IndexWrite, { version: bigint }>[]>;

export type IndexQuery = {
  /** Every one must occur: a single token, or several as a phrase. */
  must: readonly (readonly string[])[];
  mustNot: readonly (readonly string[])[];
  /** Each field must have one of the values. */
  keywords: Readonly<Record<string, readonly string[]>>;
  /** Each field must have all of the values. */
  everyKeyword?: Readonly<Record<string, readonly string[]>>;
  /** No field may have any of the values. */
  notKeywords?: Readonly<Record<string, readonly string[]>>;
  /** Words, each of which starts one of the label's or, unless `labelMatch` is `prefix`, is of four letters or more and like one but for a letter (see spellings.ts). */
  label?: string;
  labelMatch?: 'fuzzy' | 'prefix';
  /** Bounds on the id: since inclusive, until exclusive. */
  sinceId?: string;
  untilId?: string;
  order: 'newest' | 'relevance';
  /** Sort key of the last hit of the page before. */
  after?: SortKey;
  limit: number;
};

export type SortKey = { score: number; id: string };
export type IndexHit = SortKey;
