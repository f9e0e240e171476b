import type { NewRecord, RecordPosition } from '../port.ts';
import { StarlingError } from '../../errors.ts';

/** A record with its place in the topic, and its size. */
export type Parcel = { record: NewRecord; partition: number; bytes: number };

type Waiting = {
  parcels: readonly Parcel[];
  bytes: number;
  resolve(positions: RecordPosition[]): void;
  reject(error: unknown): void;
};

/** Under what servers take by default even if all of it goes to one partition. */
const MAX_BYTES = 900_000;
const MAX_RECORDS = 5_000;

/**
 * Joins what is published while a send is under way into the next send, and parts what is too large for one. One send at a time,
 * so that order is kept. If a joint send is refused, each part is sent alone: one that cannot be stored harms no other.
 */
export function createSendQueue(send: (parcels: readonly Parcel[]) => Promise<RecordPosition[]>) {
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) await sendRound(takeRound());
    isRunning = false;
  }

  function takeRound(): Waiting[] {
    let [bytes, records] = [0, 0];
    const full = waiting.findIndex((one, index) => {
      bytes += one.bytes;
      records += one.parcels.length;
      return index > 0 && (bytes > MAX_BYTES || records > MAX_RECORDS);
    });
    const round = full === -1 ? waiting : waiting.slice(0, full);
    waiting = full === -1 ? [] : waiting.slice(full);
    return round;
  }

  async function sendRound(round: readonly Waiting[]): Promise<void> {
    try {
      const positions = await send(round.flatMap(({ parcels }) => parcels));
      let start = 0;
      for (const { parcels, resolve } of round) {
        resolve(positions.slice(start, start + parcels.length));
        start += parcels.length;
      }
    } catch (error) {
      if (round.length === 1 || isAway(error)) for (const { reject } of round) reject(error);
      else for (const one of round) await sendRound([one]);
    }
  }

  const enqueue = (parcels: readonly Parcel[]): Promise<RecordPosition[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ parcels, bytes: parcels.reduce((sum, { bytes }) => sum + bytes, 0), resolve, reject });
      if (!isRunning) void run();
    });

  /** Part after part: none goes before the one ahead of it is safe. */
  return async (parcels: readonly Parcel[]): Promise<RecordPosition[]> => {
    const parts = partsOf(parcels);
    if (parts.length === 1) return enqueue(parcels);
    const positions: RecordPosition[] = [];
    for (const part of parts) positions.push(...(await enqueue(part)));
    return positions;
  };
}

function partsOf(parcels: readonly Parcel[]): Parcel[][] {
  const parts: Parcel[][] = [];
  let bytes = Infinity;
  for (const parcel of parcels) {
    const part = parts.at(-1);
    bytes += parcel.bytes;
    if (part === undefined || bytes > MAX_BYTES || part.length >= MAX_RECORDS) {
      parts.push([parcel]);
      bytes = parcel.bytes;
    } else part.push(parcel);
  }
  return parts;
}

function isAway(error: unknown): boolean {
  return error instanceof StarlingError && error.code === 'UNAVAILABLE';
}
