import { newestFirst, type Id } from '@starling/domain/ids.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';

/** A place in a timeline; `facts` is null where the entry has gone meanwhile. */
export type Candidate = { id: Id; facts: EntryFacts | null };

/** Each id once, newest first unless told otherwise. Ids without facts stay candidates, so that a page's end is where reading ended. */
export function mergeCandidates(
  ids: readonly Id[],
  entries: readonly EntryFacts[],
  { oldestFirst = false }: { oldestFirst?: boolean } = {},
): Candidate[] {
  const facts = new Map(entries.map((entry) => [entry.id, entry]));
  const ordered = [...new Set([...ids, ...facts.keys()])].sort(newestFirst);
  if (oldestFirst) ordered.reverse();
  return ordered.map((id) => ({ id, facts: facts.get(id) ?? null }));
}

export function factsOf(candidates: readonly Pick<Candidate, 'facts'>[]): EntryFacts[] {
  return candidates.flatMap(({ facts }) => facts ?? []);
}

/** Those of the candidates whose facts are among the entries: the very objects. */
export function candidatesOf<Some extends Pick<Candidate, 'facts'>>(
  candidates: readonly Some[],
  entries: readonly EntryFacts[],
): Some[] {
  const wanted = new Set(entries);
  return candidates.filter(({ facts }) => facts !== null && wanted.has(facts));
}
