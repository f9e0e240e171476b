import { deadLetterTopic, fromDeadLetter } from './dead-letter.ts';
import { isErased } from './erased-record.ts';
import type { EventLog, LogRecord, NewRecord, RecordPosition } from './port.ts';

/** What a topic's consumers could not handle. */
export type DeadLetter = RecordPosition & {
  /** The topic it died in; `partition` and `offset` are its place in that topic's dead letters. */
  topic: string;
  /** Waiting for somebody to look; published again; or emptied with the person it was about. */
  state: 'waiting' | 'replayed' | 'erased';
  /** Where, for whom, after how many tries and why it died: as the consumer's delivery wrote it. */
  died: { partition: string; offset: string; group: string; tries: string; error: string; at: string };
  /** As it was published, and will be published again. */
  original: NewRecord;
};

export type Place = RecordPosition;

export type DeadLetters = {
  /** The topics whose consumers may leave dead letters. */
  topics: readonly string[];
  list(topic: string): AsyncIterable<DeadLetter>;
  /**
   * Publishes what waits, or the one at a place, to its topic again, where every group sees it once more; so a record that died
   * for several groups is published once, and all its dead letters are done with. Each is replayed once only; what dies again is
   * a new dead letter. Answers how many dead letters were replayed. What is cut short in the middle may be replayed again, for a
   * consumer takes a record as often as it comes; the other way round it would be lost.
   */
  replay(topic: string, place?: Place): Promise<number>;
};

const PAGE = 500;
/** The dead letters of a topic have one partition; see `withDeadLetters`. */
const PARTITION = 0;
const MARK = 'dlq-replayed';

/**
 * What was replayed is remembered in the log itself: a mark among the dead letters, appended once the records are safe, which
 * names their places and outlives them.
 */
export function createDeadLetters(
  log: Pick<EventLog, 'read' | 'publish'>,
  specs: readonly { name: string }[],
): DeadLetters {
  async function* list(topic: string): AsyncGenerator<DeadLetter> {
    const replayed = await readMarks(log, topic);
    for await (const record of readAll(log, topic)) {
      if (record.headers[MARK] === undefined) yield toLetter(topic, record, replayed);
    }
  }

  return {
    topics: specs.map(({ name }) => name),
    list,
    async replay(topic, place) {
      const waiting = await byRecord(list(topic));
      const isWanted = (letters: readonly DeadLetter[]) => !place || letters.some((letter) => isAt(letter, place));
      const wanted = [...waiting.values()].filter(isWanted);
      for (let start = 0; start < wanted.length; start += PAGE) {
        const batch = wanted.slice(start, start + PAGE);
        await log.publish(batch.flatMap(([letter]) => letter?.original ?? []));
        await log.publish([markOf(topic, batch.flat())]);
      }
      return wanted.flat().length;
    },
  };
}

/** Those that wait, by the record that died. */
async function byRecord(letters: AsyncIterable<DeadLetter>): Promise<Map<string, DeadLetter[]>> {
  const found = new Map<string, DeadLetter[]>();
  for await (const letter of letters) {
    if (letter.state !== 'waiting') continue;
    const record = `${letter.died.partition}/${letter.died.offset}`;
    const held = found.get(record);
    if (held) held.push(letter);
    else found.set(record, [letter]);
  }
  return found;
}

async function* readAll(log: Pick<EventLog, 'read'>, topic: string): AsyncGenerator<LogRecord> {
  let fromOffset = 0n;
  for (;;) {
    const records = await log.read({
      topic: deadLetterTopic(topic),
      partition: PARTITION,
      fromOffset,
      limit: PAGE,
    });
    yield* records;
    const last = records.at(-1);
    if (last === undefined) return;
    fromOffset = last.offset + 1n;
  }
}

async function readMarks(log: Pick<EventLog, 'read'>, topic: string): Promise<Set<string>> {
  const places = new Set<string>();
  for await (const { headers } of readAll(log, topic)) {
    for (const place of headers[MARK]?.split(' ') ?? []) places.add(place);
  }
  return places;
}

function markOf(topic: string, letters: readonly DeadLetter[]): NewRecord {
  const headers = { [MARK]: letters.map(nameOf).join(' ') };
  return { topic: deadLetterTopic(topic), key: 'replayed', value: '{}', headers };
}

function toLetter(topic: string, record: LogRecord, replayed: ReadonlySet<string>): DeadLetter {
  const { partition, offset } = record;
  const about = (name: string) => record.headers[`dlq-${name}`] ?? '';
  return {
    topic,
    partition,
    offset,
    state: isErased(record) ? 'erased' : replayed.has(nameOf(record)) ? 'replayed' : 'waiting',
    died: {
      partition: about('partition'),
      offset: about('offset'),
      group: about('group'),
      tries: about('tries'),
      error: about('error'),
      at: about('at'),
    },
    original: fromDeadLetter(record),
  };
}

function nameOf({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}

function isAt(letter: Place, place: Place): boolean {
  return letter.partition === place.partition && letter.offset === place.offset;
}
