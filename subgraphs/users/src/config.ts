import { z } from 'zod';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

export const usersConfig = z
  .object({
    databaseUrl: z.string(),
    databaseConnections: count(10),

    /** `iss` and `aud` of access tokens; whoever verifies them expects the same. */
    tokenIssuer: z.string().min(1).default('starling'),
    tokenAudience: z.string().min(1).default('starling'),
    accessTokenMs: count(10 * MINUTE_MS),
    /** A session ends so long after its last refresh. */
    sessionMs: count(30 * DAY_MS),

    /** A signing key is used so long before the next one takes over. */
    signingKeyMs: count(30 * DAY_MS),
    /** A key is published so long before its first use: longer than any verifier keeps the key set. */
    signingKeyPublishAheadMs: count(HOUR_MS),
    /** How often keys are looked after and expired sessions pruned. */
    maintenanceMs: count(5 * MINUTE_MS),

    /** Argon2id: KiB of memory, passes over it, lanes. Hashes made with others are renewed at the next login. */
    passwordMemoryKiB: count(19_456),
    passwordPasses: count(2),
    passwordLanes: count(1),

    loginWindowMs: count(15 * MINUTE_MS),
    loginAttemptsPerLogin: count(10),
    loginAttemptsPerAddress: count(100),
    registrationWindowMs: count(HOUR_MS),
    registrationsPerAddress: count(300),

    /** How long a profile may be served from the cache without a look at the database. */
    profileCacheMs: count(MINUTE_MS),
  })
  .refine((config) => config.signingKeyPublishAheadMs < config.signingKeyMs, {
    path: ['signingKeyPublishAheadMs'],
    message: 'must be less than signingKeyMs',
  });

export type UsersConfig = z.infer<typeof usersConfig>;
