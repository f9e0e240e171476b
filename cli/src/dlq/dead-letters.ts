import type { DeadLetter, DeadLetters, Place } from '@starling/kit/event-log/dead-letters.ts';
import { drainWithProgress } from '@starling/stack/community/seed-demo.ts';
import type { Stack } from '@starling/stack/start-stack.ts';

/** A line for each dead letter: where it is, when, for whom and why it died. */
export async function listDeadLetters(
  letters: DeadLetters,
  { topic, all }: { topic: string | null; all: boolean },
): Promise<string[]> {
  const lines: string[] = [];
  for (const name of topic === null ? letters.topics : [known(letters, topic)]) {
    for await (const letter of letters.list(name)) {
      if (all || letter.state === 'waiting') lines.push(lineOf(letter));
    }
  }
  return lines.length > 0 ? lines : ['No dead letters.'];
}

/** All that is known of one, as JSON. Throws an Error if there is none at the place. */
export async function showDeadLetter(letters: DeadLetters, topic: string, place: Place): Promise<string> {
  const { partition, offset, state, died, original } = await find(letters, topic, place);
  const { key, headers, value } = original;
  const shown = { topic, partition, offset: String(offset), state, died, key, headers, value: parsed(value) };
  return JSON.stringify(shown, null, 2);
}

export type Replay = { replayed: number; diedAgain: number };

/**
 * Publishes to the topic again what waits there, or one dead letter, and lets the consumers take it. What was replayed before is
 * left alone. Throws an Error if there is nothing at the place.
 */
export async function replayDeadLetters(
  stack: Pick<Stack, 'operators' | 'drain'>,
  { topic, place, ...progress }: ReplayOptions,
): Promise<Replay> {
  const { deadLetters } = stack.operators;
  known(deadLetters, topic);
  if (place !== null) await find(deadLetters, topic, place);
  const before = await countWaiting(deadLetters, topic);
  const replayed = await deadLetters.replay(topic, place ?? undefined);
  await drainWithProgress(stack, progress.onProgress, progress.signal);
  return { replayed, diedAgain: (await countWaiting(deadLetters, topic)) - (before - replayed) };
}

export type ReplayOptions = {
  topic: string;
  /** Null for all that wait. */
  place: Place | null;
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

function lineOf({ topic, partition, offset, state, died, original }: DeadLetter): string {
  const place = `${topic} ${partition} ${offset}`;
  if (state === 'erased') return `${place}  erased`;
  const note = state === 'replayed' ? '  (replayed)' : '';
  return `${place}  ${died.at}  ${died.group}, ${died.tries} tries  key ${original.key}  ${died.error}${note}`;
}

async function find(letters: DeadLetters, topic: string, { partition, offset }: Place): Promise<DeadLetter> {
  for await (const letter of letters.list(known(letters, topic))) {
    if (letter.partition === partition && letter.offset === offset) return letter;
  }
  throw new Error(`There is no dead letter ${topic} ${partition} ${offset}.`);
}

async function countWaiting(letters: DeadLetters, topic: string): Promise<number> {
  let count = 0;
  for await (const { state } of letters.list(topic)) if (state === 'waiting') count += 1;
  return count;
}

function known({ topics }: DeadLetters, topic: string): string {
  if (topics.includes(topic)) return topic;
  throw new Error(`There is no topic ${topic}; there are ${topics.join(', ')}.`);
}

/** Values are JSON as a rule; what died may be none. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
