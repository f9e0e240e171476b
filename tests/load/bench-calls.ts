import { parseArgs } from 'node:util';
import { createInProcessSubgraph } from '@starling/gateway/in-process-subgraph.ts';
import { createDirectClient } from '@starling/kit/rpc/direct.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { call as rpcCall, createTestService } from '../conformance/rpc/test-service.ts';
import { call, createTestSubgraph } from '../conformance/subgraph-client/test-subgraph.ts';
import { runRounds, table, type Measure, type Path } from './paths/rounds.ts';

const HELP = `npm run bench:calls -- [options]

Measures calls by the CPU time of both ends together, beside the same calls within one process, in one run:
  subgraph over HTTP   a signed query of a few bytes,  beside executing it directly
  gRPC                 a signed call of a few bytes,   beside calling the handler by the direct client

Only the ratios tell something, and only within one run.

  --rounds <n>   rounds, each measuring everything once; medians are shown (5)
  --calls <n>    calls in a round (2000)
  --json         print JSON
  --help         this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Calls at a time. */
const WIDTH = 16;

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const calls = count('calls', values.calls);
  const paths = [await subgraphPath(calls), await grpcPath(calls)];
  try {
    const tell = (text: string) => void process.stderr.write(`${text}\n`);
    const results = await runRounds(paths, count('rounds', values.rounds), tell);
    process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : table(results));
  } finally {
    for (const path of paths) await path.close();
  }
}

async function subgraphPath(calls: number): Promise<Path> {
  const tested = createTestSubgraph();
  const served = await tested.serve({ lingerMs: 0 });
  const remote = tested.connect(served.port);
  const direct = createInProcessSubgraph(tested.subgraph, { error: () => undefined });
  const request = { query: 'query ($n: Int!) { text(length: $n) }', variables: { n: 100 } };
  return {
    name: 'subgraph over HTTP',
    baseline: 'in process',
    ours: perCpuSecond(calls, () => remote.execute(request, call())),
    theirs: perCpuSecond(calls, () => direct.execute(request, call())),
    settle: async () => undefined,
    async close() {
      await remote.close();
      await served.close();
    },
  };
}

async function grpcPath(calls: number): Promise<Path> {
  const tested = createTestService();
  const server = await tested.serve();
  const { service: remote, close } = tested.connect(`127.0.0.1:${server.port}`);
  const direct = createDirectClient(GraphDefinition, () => tested.handlers);
  // Or the calls that it has seen would fill the memory.
  tested.seen = { push: () => 0 } as unknown as typeof tested.seen;
  return {
    name: 'gRPC',
    baseline: 'direct call',
    ours: perCpuSecond(calls, () => remote.getRelations(rpcCall(), { userId: '1' })),
    theirs: perCpuSecond(calls, () => direct.getRelations(rpcCall(), { userId: '1' })),
    settle: async () => undefined,
    async close() {
      close();
      await server.close();
    },
  };
}

/** How many calls a second of CPU time makes, in all threads of this process. */
function perCpuSecond(calls: number, work: () => Promise<unknown>): Measure {
  return async () => {
    const before = process.cpuUsage();
    let left = calls;
    const one = async () => {
      while (left-- > 0) await work();
    };
    await Promise.all(Array.from({ length: WIDTH }, one));
    const { user, system } = process.cpuUsage(before);
    return calls / ((user + system) / 1e6);
  };
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`--${name} is a whole number, 1 or more.`);
  return number;
}
