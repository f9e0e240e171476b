import { composeId, IDS_PER_MILLISECOND, IMPORT_NODE } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { createMinter } from '@starling/kit/ids/minter.ts';
import { NO_MINTER } from '@starling/kit/ids/no-minter.ts';
import { leaseNode } from '@starling/kit/ids/node-lease.ts';
import type { Minter } from '@starling/kit/ids/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { createAnnouncer } from '@starling/kit/outbox/announce-commits.ts';
import { createCommitSignal, type CommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import { oneAtATime } from '@starling/kit/postgres/one-at-a-time.ts';
import { openDatabase } from '@starling/kit/postgres/open-database.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { RateLimiter, RateLimitOptions } from '@starling/kit/rate-limit/port.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Role } from '@starling/kit/subgraph/role.ts';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@starling/prisma/users/generated/client.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { changeState } from './change-state.ts';
import type { UsersConfig } from './config.ts';
import { createConsumers } from './consumes.ts';
import type { UsersDeps } from './deps.ts';
import { eraseAccount } from './erase-account.ts';
import { createCachedAccounts } from './loaders.ts';
import { scheduleMaintenance } from './maintain-users.ts';
import { createPasswords } from './passwords.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';
import { createRpc } from './rpc.ts';
import { createTokenSigner } from './sign-access-token.ts';
import { createAccountImporter } from './store/account-importer.ts';
import { createAccountReader } from './store/account-reader.ts';
import { createAccountWriter } from './store/account-writer.ts';
import { createSessionList } from './store/session-list.ts';
import { createSessionStore } from './store/session-store.ts';
import { createSigningKeyStore } from './store/signing-key-store.ts';
import { createUsersSubgraph } from './subgraph.ts';

export type SharedByUsers = {
  rateLimiter: (name: string, options: RateLimitOptions) => RateLimiter;
  logger: Logger;
  cache: Cache;
  /** Default: a server. */
  role?: Role;
  /** Epoch milliseconds. */
  now?: () => number;
};

export type OpenedUsers = OpenedSubgraph<Users<CallContext>> & {
  /** What operators may do, to be called by their own tools. Each may be repeated. */
  operators: {
    /** Answers why the account cannot be suspended; null if it is now. */
    suspend(userId: string): Promise<string | null>;
    /** As `suspend`, the other way. */
    unsuspend(userId: string): Promise<string | null>;
    erase(userId: string): Promise<void>;
  };
};

const MIGRATIONS = join(import.meta.dirname, '../../../prisma/users/migrations');

export async function openUsers(config: UsersConfig, shared: SharedByUsers): Promise<OpenedUsers> {
  const { databaseUrl: url, databaseConnections: max } = config;
  return openDatabase({ url, name: 'users', max, migrations: MIGRATIONS, logger: shared.logger }, (pool) =>
    assemble(config, shared, pool),
  );
}

async function assemble(config: UsersConfig, shared: SharedByUsers, pool: Pool): Promise<OpenedUsers> {
  const { role = 'server', logger } = shared;
  const minter = role === 'worker' ? NO_MINTER : await openMinter(pool);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const commits = createCommitSignal(
    createAnnouncer(pool, (error) => logger.warn({ error }, 'A commit could not be announced')),
  );
  const deps = createDeps(config, shared, { pool, prisma, commits, mintId: () => minter.mint() });
  const maintenance = role === 'worker' ? null : await maintain(deps, pool, logger);
  return {
    name: 'users',
    subgraph: createUsersSubgraph(deps),
    rpc: createRpc(deps),
    consumers: createConsumers(deps),
    outbox: { name: 'users', pool, onCommit: commits.onCommit },
    operators: createOperators(deps),
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await maintenance?.stop();
      await minter.close();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function openMinter(pool: Pool): Promise<Minter> {
  const lease = await leaseNode(pool, { nodes: ID_LAYOUT.nodes, holder: `users ${hostname()} ${process.pid}` });
  return createMinter({ lease, layout: ID_LAYOUT });
}

/** A key to sign with there must be from the start; the rest may fail until the next time. */
async function maintain(deps: UsersDeps, pool: Pool, logger: Logger): Promise<{ stop(): Promise<void> }> {
  await rotateSigningKeys(deps);
  return scheduleMaintenance(
    deps,
    (work) => oneAtATime(pool, 'users', work),
    (error) => logger.error({ error }, 'The upkeep of users failed'),
  );
}

/** The last node is left to imports. */
const ID_LAYOUT = {
  nodes: IMPORT_NODE,
  perMillisecond: IDS_PER_MILLISECOND,
  compose: composeId,
};

type Opened = { pool: Pool; prisma: PrismaClient; commits: CommitSignal; mintId(): string };

function createDeps(
  config: UsersConfig,
  { cache, rateLimiter, logger, now = Date.now }: SharedByUsers,
  { pool, prisma, commits, mintId }: Opened,
): UsersDeps {
  const reader = createAccountReader(pool);
  const keys = createSigningKeyStore(pool);
  const { loginWindowMs, registrationWindowMs } = config;
  return {
    config,
    now,
    mintId,
    reader,
    keys,
    accounts: createCachedAccounts(reader, { cache, ttlMs: config.profileCacheMs, logger }),
    writer: createAccountWriter(pool, { now, commits }),
    importer: createAccountImporter(pool, commits),
    sessions: createSessionStore(pool),
    sessionList: createSessionList(prisma),
    passwords: createPasswords(config),
    signAccessToken: createTokenSigner({ keys, config, now }),
    logins: rateLimiter('logins', { attempts: config.loginAttemptsPerLogin, windowMs: loginWindowMs }),
    loginAddresses: rateLimiter('login-addresses', {
      attempts: config.loginAttemptsPerAddress,
      windowMs: loginWindowMs,
    }),
    registrations: rateLimiter('registrations', {
      attempts: config.registrationsPerAddress,
      windowMs: registrationWindowMs,
    }),
  };
}

function createOperators(deps: UsersDeps): OpenedUsers['operators'] {
  return {
    suspend: (userId) => refusalOf(changeState(deps, userId, 'suspend')),
    unsuspend: (userId) => refusalOf(changeState(deps, userId, 'unsuspend')),
    async erase(userId) {
      await eraseAccount(deps, userId);
    },
  };
}

async function refusalOf(changing: ReturnType<typeof changeState>): Promise<string | null> {
  const changed = await changing;
  return changed.ok ? null : changed.errors.map(({ message }) => message).join(' ');
}
