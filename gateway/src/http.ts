import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import cors from 'cors';
import express, { type Express, type Request, type Response } from 'express';
import { toGraphQLError, type TransportCode } from '@starling/kit/errors.ts';
import type { Health } from '@starling/kit/lifecycle/health.ts';
import { serveHealth } from '@starling/kit/lifecycle/serve-health.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { maskUnexpected } from '@starling/kit/present-error.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import { bearerToken } from './bearer.ts';
import { clientAddress } from './client-address.ts';
import type { GatewayContext } from './gateway-context.ts';
import { traceRequest } from './observe-operations.ts';
import type { Authenticate } from './principal-of-token.ts';
import { presentNotFound, presentTransportError } from './transport-errors.ts';

export type HttpOptions = {
  apollo: ApolloServer<GatewayContext>;
  authenticate: Authenticate;
  /** Text of the JWK set that access tokens are verified with. */
  publicKeys(): Promise<string>;
  live: Health;
  ready: Health;
  maxBodyBytes: number;
  requestTimeoutMs: number;
  corsOrigins: readonly string[];
  /** Number of proxies in front whose X-Forwarded-For is to be believed. */
  trustedProxies: number;
  /** Folder of the built GraphiQL page; null serves none. */
  graphiqlFolder: string | null;
  logger: ErrorLog;
};

type Answer = Response<unknown, { requestId: string }>;

/** Everything that speaks HTTP, on one Express app. Every answer carries `x-request-id`. */
export function createHttpApp(options: HttpOptions): Express {
  const app = express();
  // An entity tag would cost a hash of every answer, and no answer here is ever the same twice.
  app.disable('x-powered-by').disable('etag');
  app.use(nameRequest);
  serveHealth(app, options);
  serveGraphQL(app, options);
  app.get('/.well-known/jwks.json', async (_request, response) => {
    response
      .type('application/jwk-set+json')
      .set('cache-control', 'public, max-age=300')
      .send(await options.publicKeys());
  });
  if (options.graphiqlFolder !== null) {
    app.use('/graphiql', express.static(options.graphiqlFolder));
    app.get('/', (_request, response) => response.redirect('/graphiql/'));
  }
  app.use(presentNotFound, presentTransportError(options.logger));
  return app;
}

/** A request id from outside is kept if it looks like one, so that a client's logs and ours meet. */
function nameRequest(request: Request, response: Answer, next: () => void): void {
  const given = request.headers['x-request-id'];
  response.locals.requestId = typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
  response.set({
    'x-request-id': response.locals.requestId,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
  });
  next();
}

function serveGraphQL(app: Express, options: HttpOptions): void {
  const allowOrigins = cors({ origin: [...options.corsOrigins], exposedHeaders: ['x-request-id'], maxAge: 86_400 });
  app.all(
    '/graphql',
    ...(options.corsOrigins.length > 0 ? [allowOrigins] : []),
    (_request: Request, response: Response, next: () => void) => {
      response.set('cache-control', 'no-store');
      next();
    },
    express.json({ limit: options.maxBodyBytes }),
    traceRequest,
    expressMiddleware(options.apollo, { context: ({ req, res }) => contextOf(req, res as Answer, options) }),
  );
}

/** Status of a request whose sender could not be made out; what is not here is the client's fault: 401. */
const STATUS_OF: Partial<Record<TransportCode, number>> = { UNAVAILABLE: 503, DEADLINE_EXCEEDED: 503, INTERNAL: 500 };

async function contextOf(
  request: Request,
  response: Answer,
  { authenticate, requestTimeoutMs, trustedProxies, logger }: HttpOptions,
): Promise<GatewayContext> {
  const { requestId } = response.locals;
  const deadline = Date.now() + requestTimeoutMs;
  try {
    const token = bearerToken(request.headers.authorization);
    const principal = token === null ? ANONYMOUS : (await authenticate(token)).principal;
    const userAgent = request.headers['user-agent'] ?? null;
    return {
      call: { principal, deadline, requestId, clientAddress: clientAddress(request, trustedProxies), userAgent },
    };
  } catch (error) {
    const known = maskUnexpected(error, { requestId, logger });
    const told = toGraphQLError(known);
    told.extensions['http'] = { status: STATUS_OF[known.code] ?? 401 };
    throw told;
  }
}
