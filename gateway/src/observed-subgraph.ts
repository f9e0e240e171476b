import { fetchFailures, fetchSeconds } from '@starling/kit/telemetry/metrics.ts';
import { isMeasuring, secondsSince } from '@starling/kit/telemetry/registry.ts';
import { inSpan } from '@starling/kit/telemetry/tracing.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** The same subgraph, with what it is asked timed, counted and traced. */
export function observedSubgraph(client: SubgraphClient): SubgraphClient {
  const { name: subgraph } = client;
  return {
    ...client,
    async execute(request, call) {
      if (!isMeasuring()) return client.execute(request, call);
      const began = performance.now();
      const fetch = () => client.execute(request, call);
      const response = await inSpan(`fetch ${subgraph}`, {}, fetch, { kind: 'client' });
      fetchSeconds.observe({ subgraph }, secondsSince(began));
      if (response.data === undefined || response.data === null) fetchFailures.inc({ subgraph });
      return response;
    },
  };
}
