import { OperationTypeNode } from 'graphql';
import { Pool } from 'undici';
import { encodeCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { FAR_AHEAD } from '@starling/kit/postgres/lsn.ts';
import { presentError } from '@starling/kit/present-error.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { createCallPolicy } from '@starling/kit/resilience/call-policy.ts';
import { isConnectFailure, PeerAway } from '@starling/kit/resilience/peer-away.ts';
import {
  CALL_HEADER,
  encodeRequest,
  EXECUTE,
  GRAPHQL_PATH,
  MAX_ANSWER_BYTES,
  SIGNATURE_HEADER,
} from '@starling/kit/serve-subgraph/wire.ts';
import { checkKeys, sign, type SigningKeys } from '@starling/kit/signing.ts';
import type { SubgraphRequest, SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { tellPositions, WROTE_HEADER } from '@starling/kit/written-positions.ts';
import { createOperationKinds } from './operation-kinds.ts';
import { readAnswer } from './read-answer.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { createSubscriptionClient } from './subscription-client.ts';

export type HttpSubgraphOptions = {
  name: string;
  /** Of its server, or of the balancer in front: `http://tweets:4001`. */
  url: string;
  keys: SigningKeys;
  /** Connections at a time; calls beyond wait for one. Default 128. */
  connections?: number;
  logger: Logger;
};

export type HttpSubgraph = SubgraphClient & { close(): Promise<void> };

const CONNECT_MS = 2_000;

/** A subgraph behind HTTP and WebSocket, with the manners of one in this process. Connects when first used. */
export function createHttpSubgraph(options: HttpSubgraphOptions): HttpSubgraph {
  const { name, url, keys, connections = 128, logger } = options;
  checkKeys(keys);
  const { origin } = new URL(url);
  const peer = `The subgraph ${name}`;
  const policy = createCallPolicy({ peer, logger });
  const pool = new Pool(origin, { connections, connectTimeout: CONNECT_MS, maxResponseSize: MAX_ANSWER_BYTES });
  const kindOf = createOperationKinds();
  const subscriptions = createSubscriptionClient({ name, origin, keys, policy, logger });

  async function post(body: Buffer, call: CallContext): Promise<SubgraphResponse> {
    const frame = encodeCall(call);
    try {
      const answer = await pool.request({
        path: GRAPHQL_PATH,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [CALL_HEADER]: frame,
          [SIGNATURE_HEADER]: sign({ audience: name, method: EXECUTE, frame, body }, keys),
        },
        body,
        signal: call.signal ?? null,
        // The call's own deadline is what bounds it.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      tellPositions(call, answer.headers[WROTE_HEADER]);
      return readAnswer(peer, answer.statusCode, await answer.body.text());
    } catch (error) {
      throw awayOrItself(peer, error);
    }
  }

  return {
    name,
    async execute(request, call) {
      const isQuery = kindOf(request) === OperationTypeNode.QUERY;
      const body = Buffer.from(encodeRequest(request));
      try {
        return await policy.run(call, isQuery ? 'always' : 'if unsent', (attempt) => post(body, attempt));
      } catch (error) {
        // It may stand all the same, at a position that nobody has told.
        if (!isQuery && !isUnsent(error)) call.onWrote?.('*', FAR_AHEAD);
        return { errors: [presentError(error, { requestId: call.requestId, logger })] };
      }
    },
    subscribe: (request: SubgraphRequest, call: CallContext) => subscriptions.subscribe(request, call),
    async close() {
      await subscriptions.close();
      await pool.close();
    },
  };
}

function isUnsent(error: unknown): boolean {
  return error instanceof PeerAway && !error.wasSent;
}

/** undici's and Node's errors say that the connection is not there, or has gone; ours have been told already. */
function awayOrItself(peer: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (error instanceof StarlingError || typeof code !== 'string') return error;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return error;
  return new PeerAway(peer, { wasSent: !isConnectFailure(error), cause: error });
}
