import type { Stack } from '@starling/stack/start-stack.ts';

export type RebuildSearchOptions = {
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

/** Both search indexes anew, while everything goes on. Answers one line: how much they were made of. */
export async function rebuildSearch(
  { operators }: { operators: Pick<Stack['operators'], 'rebuildSearch'> },
  { signal, onProgress }: RebuildSearchOptions,
): Promise<string> {
  const { people, tweets } = await operators.rebuildSearch({ signal, onProgress });
  return `The search indexes are made of ${people} people and ${tweets} tweets.`;
}
