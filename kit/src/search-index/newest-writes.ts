import type { IndexWrite } from './port.ts';

export type VersionedWrite = Extract<IndexWrite, { version: bigint }>;
export type KeywordDeletion = Extract<IndexWrite, { kind: 'deleteByKeyword' }>;

/** Of a batch: one write a document, the newest, in any order; of equal versions the first, as it would be between two batches. */
export function newestWrites(writes: readonly IndexWrite[]): {
  newest: VersionedWrite[];
  deletions: KeywordDeletion[];
} {
  const newest = new Map<string, VersionedWrite>();
  const deletions: KeywordDeletion[] = [];
  for (const write of writes) {
    if (write.kind === 'deleteByKeyword') deletions.push(write);
    else keepNewest(newest, write);
  }
  return { newest: [...newest.values()], deletions };
}

function keepNewest(newest: Map<string, VersionedWrite>, write: VersionedWrite): void {
  const known = newest.get(idOfWrite(write));
  if (!known || known.version < write.version) newest.set(idOfWrite(write), write);
}

export function idOfWrite(write: VersionedWrite): string {
  return write.kind === 'put' ? write.document.id : write.id;
}
