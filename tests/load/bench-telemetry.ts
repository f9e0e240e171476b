import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { switchMeasuring } from '@starling/kit/telemetry/registry.ts';
import { startTracing, type Tracing } from '@starling/kit/telemetry/tracing.ts';
import { readPaths } from './paths/read-home.ts';
import { runRounds, table, type Path } from './paths/rounds.ts';
import { startSite } from './paths/site.ts';

// What telemetry costs: the read of a home page with it on, by the same with all of it off, in one run.
const ROUNDS = 5;
const tell = (text: string) => process.stderr.write(`… ${text}\n`);

const site = await startSite({ followers: 1, listeners: 1, tell });
const collector = await startCollector();
const read = await readPaths(site);
const results = await runRounds(
  read.flatMap((path) => [0.1, 1].map((share) => withAndWithout(path, share))),
  ROUNDS,
  tell,
);
process.stdout.write(`\n${table(results)}`);
for (const { close } of read) await close();
await collector.terminate();
await site.stop();
process.exit(0);

function withAndWithout({ name, ours, settle }: Path, sampleRatio: number): Path {
  return {
    name: `${name}, ${100 * sampleRatio} % of traces`,
    baseline: 'telemetry off',
    settle,
    async theirs() {
      switchMeasuring(false);
      return ours();
    },
    async ours() {
      switchMeasuring(true);
      const tracing = await trace(sampleRatio);
      const rate = await ours();
      await tracing.shutdown();
      return rate;
    },
    close: async () => undefined,
  };
}

function trace(sampleRatio: number): Promise<Tracing> {
  return startTracing({ service: 'bench', namespace: 'bench', endpoint: collector.endpoint, sampleRatio });
}

/** Takes spans on a thread of its own, so that its work is not counted as ours. */
async function startCollector(): Promise<{ endpoint: string; terminate(): Promise<unknown> }> {
  const thread = new Worker(
    `const server = require('node:http').createServer((request, response) => request.resume().on('end', () => response.end('{}')));
     server.listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  const [port] = (await once(thread, 'message')) as [number];
  return { endpoint: `http://127.0.0.1:${port}`, terminate: () => thread.terminate() };
}
