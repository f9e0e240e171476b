import { entriesByField } from '../keyword-entries.ts';
import type { IndexQuery } from '../port.ts';
import { mayBeMistyped, spellingsOf, wordsOfLabel } from '../spellings.ts';
import { boundClauses, LIVING, NOTHING, oneOf, phraseClause, wordStartClause, type Clause } from './clauses.ts';
import { scoreClauses } from './score.ts';

/** The body of a search. Each hit's sort values are what its SortKey is made of. */
export function searchBody(query: IndexQuery, { timeoutMs }: { timeoutMs: number }): object {
  const isNewest = query.order === 'newest';
  const { after } = query;
  return {
    query: isNewest ? { bool: conditions(query) } : scored(query),
    sort: isNewest ? [NEWEST] : [{ _score: 'desc' }, NEWEST],
    ...(after && { search_after: isNewest ? [after.id] : [after.score, after.id] }),
    size: query.limit,
    timeout: `${Math.ceil(timeoutMs)}ms`,
    track_total_hits: false,
    _source: false,
    stored_fields: '_none_',
  };
}

const NEWEST = { id: 'desc' };

function scored(query: IndexQuery): Clause {
  const should = scoreClauses(query);
  if (should.length === 0) return { bool: conditions(query) };
  return {
    function_score: {
      query: { bool: { ...conditions(query), should, minimum_should_match: 0 } },
      field_value_factor: { field: 'brevity', missing: 1 },
      boost_mode: 'multiply',
    },
  };
}

/** None of them counts for the score. */
function conditions(query: IndexQuery): Clause {
  return {
    filter: [
      LIVING,
      ...query.must.filter(isNotEmpty).map(phraseClause),
      ...entriesByField(query.keywords).map(oneOf),
      ...entriesByField(query.everyKeyword).flatMap((entries) => entries.map((entry) => oneOf([entry]))),
      ...boundClauses(query),
      ...(query.label === undefined ? [] : labelClauses(query)),
    ],
    must_not: [...query.mustNot.filter(isNotEmpty).map(phraseClause), ...entriesByField(query.notKeywords).map(oneOf)],
  };
}

function labelClauses({ label = '', labelMatch = 'fuzzy' }: IndexQuery): Clause[] {
  const words = wordsOfLabel(label);
  if (words.length === 0) return [NOTHING];
  return words.map((word) => {
    const starts = wordStartClause(word);
    if (labelMatch === 'prefix' || !mayBeMistyped(word)) return starts;
    return { bool: { should: [starts, { terms: { spellings: spellingsOf(word) } }], minimum_should_match: 1 } };
  });
}

function isNotEmpty(phrase: readonly string[]): boolean {
  return phrase.length > 0;
}
