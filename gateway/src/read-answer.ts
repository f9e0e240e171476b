import { StarlingError, type TransportCode } from '@starling/kit/errors.ts';
import { isTransportCode } from '@starling/kit/present-error.ts';
import { PeerAway } from '@starling/kit/resilience/peer-away.ts';
import type { SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';

/** What balancers say when nobody stands behind them, or somebody broke off. */
const AWAY = new Set([502, 503, 504]);

/**
 * A subgraph's answer. Throws PeerAway if its server, or a balancer in front, says that it cannot answer now, and
 * StarlingError for what it refused to run.
 */
export function readAnswer(peer: string, status: number, text: string): SubgraphResponse {
  if (status === 200) return JSON.parse(text) as SubgraphResponse;
  if (AWAY.has(status)) throw new PeerAway(peer, { wasSent: true });
  const refusal = refusalIn(text);
  if (refusal === null) throw new Error(`${peer} answered with status ${status}`);
  throw new StarlingError(refusal.code, refusal.message);
}

function refusalIn(text: string): { code: TransportCode; message: string } | null {
  try {
    const { errors } = JSON.parse(text) as SubgraphResponse;
    const { message = '', extensions } = errors?.[0] ?? {};
    const code = extensions?.['code'];
    return isTransportCode(code) ? { code, message } : null;
  } catch {
    return null;
  }
}
