import { MultiBar, Presets } from 'cli-progress';

/** Shows how far long work has come: bars on a terminal, a line per step elsewhere. */
export type Progress = {
  update(step: string, done: number, total: number): void;
  stop(): void;
};

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? createBars(stream) : createLines(stream);
}

function createBars(stream: NodeJS.WriteStream): Progress {
  const bars = new MultiBar(
    { stream, format: ' {bar} {percentage}% {step} {value}/{total}', clearOnComplete: false, hideCursor: true },
    Presets.shades_classic,
  );
  const held = new Map<string, ReturnType<MultiBar['create']>>();
  return {
    update(step, done, total) {
      const bar = held.get(step) ?? bars.create(total, 0, { step });
      held.set(step, bar);
      bar.setTotal(total);
      bar.update(done, { step });
    },
    stop: () => bars.stop(),
  };
}

function createLines(stream: NodeJS.WriteStream): Progress {
  const told = new Map<string, number>();
  return {
    update(step, done, total) {
      const tenth = total === 0 ? 10 : Math.floor((10 * done) / total);
      if (told.get(step) === tenth) return;
      told.set(step, tenth);
      stream.write(`${step}: ${done}/${total}\n`);
    },
    stop: () => undefined,
  };
}
