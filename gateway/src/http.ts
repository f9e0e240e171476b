import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import cors from 'cors';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import { StarlingError, toGraphQLError } from '@starling/kit/errors.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import type { Health } from '@starling/kit/lifecycle/health.ts';
import { bearerToken } from './bearer.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Authenticate } from './principal-of-token.ts';

export type HttpOptions = {
  apollo: ApolloServer<GatewayContext>;
  authenticate: Authenticate;
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
};

/** Everything that speaks HTTP, on one Express app. */
export function createHttpApp(options: HttpOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustedProxies);
  serveHealth(app, options);
  app.get('/.well-known/jwks.json', async (_request, response) => {
    response
      .type('application/jwk-set+json')
      .set('cache-control', 'public, max-age=300')
      .send(await options.publicKeys());
  });
  if (options.corsOrigins.length > 0) app.use('/graphql', cors({ origin: [...options.corsOrigins], maxAge: 86_400 }));
  app.use(
    '/graphql',
    express.json({ limit: options.maxBodyBytes }),
    expressMiddleware(options.apollo, { context: ({ req }) => contextOf(req, options) }),
  );
  if (options.graphiqlFolder !== null) {
    app.use('/graphiql', express.static(options.graphiqlFolder));
    app.get('/', (_request, response) => response.redirect('/graphiql/'));
  }
  app.use(presentTransportError);
  return app;
}

function serveHealth(app: Express, { live, ready }: HttpOptions): void {
  for (const [path, check] of [
    ['/livez', live],
    ['/readyz', ready],
  ] as const) {
    app.get(path, async (_request, response) => {
      const health = await check();
      response
        .status(health.status === 'ok' ? 200 : 503)
        .set('cache-control', 'no-store')
        .json(health);
    });
  }
}

async function contextOf(request: Request, { authenticate, requestTimeoutMs }: HttpOptions): Promise<GatewayContext> {
  try {
    const token = bearerToken(request.headers.authorization);
    const principal = token === null ? ANONYMOUS : (await authenticate(token)).principal;
    return {
      call: {
        principal,
        deadline: Date.now() + requestTimeoutMs,
        requestId: requestIdOf(request),
        clientAddress: request.ip ?? null,
        userAgent: request.headers['user-agent'] ?? null,
      },
    };
  } catch (error) {
    if (!(error instanceof StarlingError)) throw error;
    const told = toGraphQLError(error);
    told.extensions['http'] = { status: error.code === 'UNAVAILABLE' ? 503 : 401 };
    throw told;
  }
}

/** A request id from outside is kept if it looks like one, so that a client's logs and ours meet. */
function requestIdOf(request: Request): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

/** What fails before GraphQL is reached (body too large, not JSON) is told in GraphQL's form as well. */
const presentTransportError: ErrorRequestHandler = (
  error: { status?: number; type?: string },
  _request,
  response,
  _next,
) => {
  const [status, code, message] =
    error.type === 'entity.too.large'
      ? [413, 'PAYLOAD_TOO_LARGE', 'The request body is too large.']
      : (error.status ?? 500) < 500
        ? [error.status ?? 400, 'BAD_REQUEST', 'The request body could not be read.']
        : [500, 'INTERNAL', 'Something went wrong on our side.'];
  response.status(status as number).json({ errors: [{ message, extensions: { code } }] });
};

/** Resolves with the port; a busy port is told plainly. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use. Choose another with --port.`) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
