import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import { encodeCall } from '@starling/kit/call.ts';
import { withinDeadline } from '@starling/kit/deadline.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { presentError } from '@starling/kit/present-error.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { CallPolicy } from '@starling/kit/resilience/call-policy.ts';
import { PeerAway } from '@starling/kit/resilience/peer-away.ts';
import {
  encodeRequest,
  GRAPHQL_PATH,
  MARK,
  MAX_ANSWER_BYTES,
  SUBSCRIBE,
  type SubscribeExtensions,
} from '@starling/kit/serve-subgraph/wire.ts';
import { sign, type SigningKeys } from '@starling/kit/signing.ts';
import type { SubgraphRequest, SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type { SubgraphClient } from './subgraph-client.ts';

export type SubscriptionClientOptions = {
  name: string;
  /** `http:` or `https:`, host and port. */
  origin: string;
  keys: SigningKeys;
  policy: CallPolicy;
  logger: Logger;
};

type Marked = SubgraphResponse & { extensions?: Record<string, unknown> };

/** All subscriptions to one subgraph, over one socket that opens with the first of them. None is ever repeated by itself. */
export function createSubscriptionClient(
  options: SubscriptionClientOptions,
): Pick<SubgraphClient, 'subscribe'> & { close(): Promise<void> } {
  const { name, keys, policy, logger } = options;
  const peer = `The subgraph ${name}`;
  const client = connectLazily(options.origin);

  function start(request: SubgraphRequest, call: CallContext): EventQueue<Marked> {
    const frame = encodeCall(call);
    const body = Buffer.from(encodeRequest(request));
    const signature = sign({ audience: name, method: SUBSCRIBE, frame, body }, keys);
    const extensions: SubscribeExtensions = { call: frame, signature };
    const payload = { ...(JSON.parse(body.toString()) as SubscribePayload), extensions };
    const queue = createEventQueue<Marked>(peer, () => dispose());
    const dispose = client.subscribe(payload, {
      next: (result) => queue.push(result as Marked),
      error: (error) => {
        if (Array.isArray(error)) queue.push({ errors: error }).end();
        else queue.fail(new PeerAway(peer, { wasSent: true, cause: error }));
      },
      complete: () => queue.end(),
    });
    return queue;
  }

  /** The events, or why there will be none. */
  async function open(request: SubgraphRequest, call: CallContext) {
    const queue = start(request, call);
    try {
      const step = await withinDeadline(call, () => queue.next());
      if (step.done) throw new PeerAway(peer, { wasSent: true });
      const { value } = step;
      if (value.extensions?.[MARK] === 'stands') return mapIterator(queue, { map: (event) => toEvent(peer, event) });
      await queue.return();
      return toAnswer(value);
    } catch (error) {
      await queue.return();
      throw error;
    }
  }

  return {
    async subscribe(request, call) {
      try {
        return await policy.run(call, 'always', (attempt) => open(request, attempt));
      } catch (error) {
        return { errors: [presentError(error, { requestId: call.requestId, logger })] };
      }
    },
    close: async () => client.dispose(),
  };
}

function toEvent(peer: string, event: Marked): SubgraphResponse {
  if (event.extensions?.[MARK] === 'broken') throw new PeerAway(`${peer}'s source of events`, { wasSent: true });
  return toAnswer(event);
}

/** Without the mark, which is for us alone. */
function toAnswer({ extensions: { [MARK]: _, ...extensions } = {}, ...answer }: Marked): SubgraphResponse {
  return { ...answer, ...(Object.keys(extensions).length > 0 && { extensions }) };
}

const HANDSHAKE_MS = 5_000;
const PING_MS = 10_000;
/** A socket without subscriptions stays open for a while: the next one finds it warm. */
const IDLE_MS = 30_000;

function connectLazily(origin: string): Client {
  let unanswered: NodeJS.Timeout | undefined;
  const client: Client = createClient({
    url: `${origin.replace(/^http/, 'ws')}${GRAPHQL_PATH}`,
    webSocketImpl: BoundedWebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: IDLE_MS,
    connectionAckWaitTimeout: HANDSHAKE_MS,
    keepAlive: PING_MS,
    generateID: () => crypto.randomUUID(),
    on: {
      // Whoever does not answer is gone, whatever TCP still believes.
      ping: (wasReceived) => {
        if (!wasReceived) unanswered = setTimeout(() => client.terminate(), PING_MS).unref();
      },
      pong: (wasReceived) => {
        if (wasReceived) clearTimeout(unanswered);
      },
      closed: () => clearTimeout(unanswered),
    },
  });
  return client;
}

class BoundedWebSocket extends WebSocket {
  constructor(url: string, protocols: string | string[]) {
    super(url, protocols, {
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_ANSWER_BYTES,
      perMessageDeflate: false,
    });
  }
}
