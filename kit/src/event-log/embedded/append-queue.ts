import type { NewRecord, RecordPosition } from '../port.ts';

type Waiting = {
  records: readonly NewRecord[];
  resolve(positions: RecordPosition[]): void;
  reject(error: unknown): void;
};

const MAX_RECORDS = 2000;

/**
 * Joins appends that come while one is under way into the next, so that many small ones cost as few commits as one big one.
 * If a joint append fails, each is tried alone: one that cannot be stored harms no other.
 */
export function createAppendQueue(append: (records: readonly NewRecord[]) => Promise<RecordPosition[]>) {
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const round = takeRound();
      await appendJoint(round).catch(() => Promise.all(round.map(appendAlone)));
    }
    isRunning = false;
  }

  function takeRound(): Waiting[] {
    let size = 0;
    const full = waiting.findIndex(({ records }, index) => (size += records.length) > MAX_RECORDS && index > 0);
    const round = full === -1 ? waiting : waiting.slice(0, full);
    waiting = full === -1 ? [] : waiting.slice(full);
    return round;
  }

  async function appendJoint(round: readonly Waiting[]): Promise<void> {
    const positions = await append(round.flatMap(({ records }) => records));
    let start = 0;
    for (const { records, resolve } of round) {
      resolve(positions.slice(start, start + records.length));
      start += records.length;
    }
  }

  async function appendAlone({ records, resolve, reject }: Waiting): Promise<void> {
    await append(records).then(resolve, reject);
  }

  return (records: readonly NewRecord[]): Promise<RecordPosition[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ records, resolve, reject });
      if (!isRunning) void run();
    });
}
