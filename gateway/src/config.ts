import { z } from 'zod';
import { limitsConfig } from './limits.ts';

export const gatewayConfig = limitsConfig.extend({
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(4000),
  /** Who signs access tokens, and for whom. */
  issuer: z.string().default('starling'),
  audience: z.string().default('starling'),
  requestTimeoutMs: z.coerce.number().int().positive().default(10_000),
  /** A revoked session is let in for this long at most. */
  sessionTtlMs: z.coerce.number().int().nonnegative().default(5_000),
  /** An open socket's session is asked again this often. */
  socketRecheckMs: z.coerce.number().int().positive().default(30_000),
  /** For so long after a write its author is shown nothing older: longer than any replica that is read lags. 0: there are none. */
  replicaLagMs: z.coerce.number().int().nonnegative().default(30_000),
  /** Operations that one socket may have running at a time. */
  maxSocketOperations: z.coerce.number().int().positive().default(100),
  /** A client that does not read what it asked for loses its socket when so many bytes wait for it. */
  maxSocketBacklogBytes: z.coerce
    .number()
    .int()
    .positive()
    .default(1024 * 1024),
  /** Origins of web frontends on other hosts, separated by commas. */
  corsOrigins: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    ),
  trustedProxies: z.coerce.number().int().nonnegative().default(0),
});
export type GatewayConfig = z.infer<typeof gatewayConfig>;
