import { MultiBar, Presets } from 'cli-progress';
import type { OnBytes } from '../native/downloads.ts';

const MEGABYTE = 1_000_000;

/** Shows what is being fetched: bars on a terminal, a line for each tenth elsewhere. */
export function createDownloadBars(stream: NodeJS.WriteStream = process.stderr): { onBytes: OnBytes; stop(): void } {
  return stream.isTTY ? createBars(stream) : { onBytes: createLines(stream), stop: () => undefined };
}

function createBars(stream: NodeJS.WriteStream): { onBytes: OnBytes; stop(): void } {
  const bars = new MultiBar(
    { stream, format: ' {bar} {percentage}% {what} {value}/{total} MB', hideCursor: true },
    Presets.shades_classic,
  );
  const held = new Map<string, ReturnType<MultiBar['create']>>();
  return {
    onBytes(what, done, total) {
      const bar = held.get(what) ?? bars.create(megabytes(total), 0, { what });
      held.set(what, bar);
      bar.update(megabytes(done));
    },
    stop: () => bars.stop(),
  };
}

function createLines(stream: NodeJS.WriteStream): OnBytes {
  const told = new Map<string, number>();
  return (what, done, total) => {
    const tenth = Math.floor((10 * done) / total);
    if (told.get(what) === tenth) return;
    told.set(what, tenth);
    stream.write(`Fetching ${what}: ${megabytes(done)}/${megabytes(total)} MB\n`);
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / MEGABYTE);
}
