/** One page of a filtered list. `lastExamined` is the last entry looked at, kept or not; null if there was none. */
export type FilledPage<Entry> = { kept: Entry[]; lastExamined: Entry | null; hasMore: boolean };

export type PageSource<Entry> = {
  /** Entries after one, in the order of the list. */
  read(after: Entry | null, limit: number): Promise<readonly Entry[]>;
  keep(entry: Entry): Promise<boolean>;
};

/** Small pages read a little more at once, so that a few hidden entries cost no second read. */
const LEAST_READ = 20;

/**
 * Reads and filters until `first` entries are kept, the list ends, or `scanBudget` entries are examined: then the page is
 * short and there is more.
 */
export async function fillPage<Entry>(
  { read, keep }: PageSource<Entry>,
  { first, after, scanBudget }: { first: number; after: Entry | null; scanBudget: number },
): Promise<FilledPage<Entry>> {
  const kept: Entry[] = [];
  let lastExamined: Entry | null = null;
  for (let examined = 0; examined < scanBudget;) {
    const wanted = Math.min(scanBudget - examined, Math.max(first - kept.length, LEAST_READ));
    const entries = await read(lastExamined ?? after, wanted + 1);
    const batch = entries.slice(0, wanted);
    const verdicts = await Promise.all(batch.map(keep));
    for (const [index, entry] of batch.entries()) {
      lastExamined = entry;
      if (verdicts[index]) kept.push(entry);
      if (kept.length === first) return { kept, lastExamined, hasMore: index + 1 < entries.length };
    }
    if (entries.length <= wanted) return { kept, lastExamined, hasMore: false };
    examined += batch.length;
  }
  return { kept, lastExamined, hasMore: true };
}
