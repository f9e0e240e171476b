import { expect, test } from 'vitest';
import { portsAt } from '@starling/infra/ports.ts';
import { planProcesses, type Constellation } from './plan-processes.ts';

const ports = portsAt(0);
const twoOfEach: Constellation = {
  counts: { gateway: 2, worker: 2, users: 2, graph: 2, tweets: 2, timeline: 2, search: 2 },
  ports,
  fronts: ports.haproxy.fronts,
  common: { STARLING_NAMESPACE: 'test' },
};

test('no two processes share a name or a port', () => {
  const plans = planProcesses(twoOfEach);

  expect(new Set(plans.map(({ name }) => name)).size).toBe(14);
  const taken = plans.flatMap(({ env }) =>
    [env['STARLING_HTTP_PORT'], env['STARLING_RPC_PORT'], env['GATEWAY_PORT']].filter((port) => port !== undefined),
  );
  expect(new Set(taken).size).toBe(taken.length);
});

test('services are asked of all their processes, subgraphs through their balancer', () => {
  const [gateway] = planProcesses(twoOfEach);

  expect(gateway?.env).toMatchObject({
    RPC_TWEETS: `ipv4:127.0.0.1:${ports.subgraphs.tweets[0]?.rpc},127.0.0.1:${ports.subgraphs.tweets[1]?.rpc}`,
    SUBGRAPH_SEARCH_URL: `http://127.0.0.1:${ports.haproxy.fronts.search}`,
  });
});

test('without a balancer a subgraph is asked at its first process', () => {
  const [gateway] = planProcesses({ ...twoOfEach, fronts: null });

  expect(gateway?.env['SUBGRAPH_SEARCH_URL']).toBe(`http://127.0.0.1:${ports.subgraphs.search[0]?.http}`);
});

test('a kind is told its own settings, and no other is', () => {
  const plans = planProcesses({ ...twoOfEach, settings: { search: { SEARCH_CACHE_TTL_MS: '0' } } });

  const told = plans.filter(({ env }) => 'SEARCH_CACHE_TTL_MS' in env).map(({ name }) => name);
  expect(told).toEqual(['search-1', 'search-2']);
});

test('more processes than there are ports for are refused', () => {
  const counts = { ...twoOfEach.counts, tweets: 5 };

  expect(() => planProcesses({ ...twoOfEach, counts })).toThrow('There is no port for a tweets number 5');
});
