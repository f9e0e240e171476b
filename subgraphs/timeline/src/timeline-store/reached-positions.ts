import { fieldOf, type LogPosition, type LogPositions } from './log-position.ts';

/** How far this process has pushed the log, and which parts of a store are still to be told. */
export type ReachedPositions = {
  note(position: LogPosition): void;
  /** What a part is to be told now: null if it has heard of it, or of something else just now. */
  due(part: string): ToTell | null;
};

export type ToTell = {
  /** As scripts take them: how many, then each with its offset. */
  args: (string | number)[];
  /** To be called once the part has them. */
  told(): void;
};

/** A part is told at most so often: that much more is replayed in the end. */
const TELL_EVERY_MS = 2_000;

export function createReachedPositions(now: () => number = () => performance.now()): ReachedPositions {
  const reached = new Map<string, bigint>();
  const parts = new Map<string, { change: number; atMs: number }>();
  let change = 0;
  return {
    note(position) {
      const field = fieldOf(position);
      const held = reached.get(field);
      if (held !== undefined && held >= position.offset) return;
      reached.set(field, position.offset);
      change += 1;
    },
    due(part) {
      const last = parts.get(part) ?? { change: 0, atMs: -Infinity };
      if (last.change === change || now() - last.atMs < TELL_EVERY_MS) return null;
      const told = { change, atMs: now() };
      return { args: positionArgs(reached), told: () => void parts.set(part, told) };
    },
  };
}

/** As scripts take them: how many, then each with its offset. */
export function positionArgs(positions: LogPositions): (string | number)[] {
  return [positions.size, ...[...positions].flatMap(([field, offset]) => [field, Number(offset)])];
}
