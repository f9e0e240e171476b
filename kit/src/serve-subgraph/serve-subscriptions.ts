import type { Server } from 'node:http';
import { GraphQLError, OperationTypeNode, type ExecutionArgs } from 'graphql';
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { decodeCall } from '../call.ts';
import { StarlingError, toGraphQLError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { verify, type SigningKeys } from '../signing.ts';
import { DocumentRefused, findOperation, prepareDocument } from '../subgraph/documents.ts';
import type { SubgraphRequest } from '../subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '../subgraph/port.ts';
import { carryProtocol } from '../web-socket/carry-protocol.ts';
import { farewell } from '../web-socket/close-socket.ts';
import { pingAll } from '../web-socket/ping-all.ts';
import { openMarked } from './marked-events.ts';
import { encodeRequest, GRAPHQL_PATH, SUBSCRIBE } from './wire.ts';

export type SubscriptionsOptions = {
  server: Server;
  subgraph: Subgraph;
  keys: SigningKeys;
  maxMessageBytes: number;
  maxSubscriptions: number;
  logger: Logger;
};

/** What may wait for a gateway that does not read: its subscribers lose nothing that they could not reread. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 2_000;

/** graphql-transport-ws, one socket for all subscriptions of a gateway; every subscribe message is signed by itself. */
export function serveSubscriptions(options: SubscriptionsOptions): { close(): Promise<void> } {
  const { server, maxMessageBytes, logger } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    path: GRAPHQL_PATH,
    maxPayload: maxMessageBytes,
    handleProtocols,
  });
  const open = openMarked(options);
  const protocol = makeServer<undefined, undefined>({
    onSubscribe: (_context, _id, payload) => admit(payload, options),
    subscribe: async ({ contextValue }) => open(contextValue as Admitted),
    // Its errors are presented already; the default takes them for instances of GraphQLError.
    onNext: (_context, _id, _payload, _args, result) => result,
  });
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      carryProtocol(socket, (transport) => protocol.opened(transport, undefined), {
        maxBacklogBytes: MAX_BACKLOG_BYTES,
        logger,
      });
    });
  });
  const pinging = pingAll(sockets);
  return {
    async close() {
      clearInterval(pinging);
      const gone = [...sockets.clients].map((socket) => farewell(socket, PATIENCE_MS));
      sockets.close();
      await Promise.all(gone);
    },
  };
}

export type Admitted = { request: SubgraphRequest; call: CallContext };

/** The arguments that a signed subscription runs with, or why it is refused. */
function admit(payload: SubscribePayload, options: SubscriptionsOptions): ExecutionArgs | readonly GraphQLError[] {
  const { subgraph, keys, logger } = options;
  try {
    const { query, variables, operationName, extensions } = payload;
    const request: SubgraphRequest = { query, variables: variables ?? {}, operationName: operationName ?? null };
    const { call: frame, signature } = extensions ?? {};
    if (typeof frame !== 'string' || typeof signature !== 'string') throw unsigned();
    const body = Buffer.from(encodeRequest(request));
    verify({ audience: subgraph.name, method: SUBSCRIBE, frame, body }, signature, keys);
    const document = prepareDocument(subgraph.schema, { query });
    findOperation(document, operationName, [OperationTypeNode.SUBSCRIPTION]);
    const contextValue: Admitted = { request, call: decodeCall(frame) };
    return { schema: subgraph.schema, document, operationName: operationName ?? null, contextValue };
  } catch (error) {
    if (error instanceof DocumentRefused)
      return error.errors.map(({ message, extensions }) => new GraphQLError(message, { extensions: extensions ?? {} }));
    return [toGraphQLError(maskUnexpected(error, { requestId: 'unknown', logger }))];
  }
}

function unsigned(): StarlingError {
  return new StarlingError('UNAUTHENTICATED', 'The call is not signed');
}
