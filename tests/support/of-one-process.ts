/** End-to-end files that count the statements and the calls of their own process: not run a second time, on servers. */
export const OF_ONE_PROCESS = ['sql-statements.e2e.ts', 'store-waves.e2e.ts'] as const;
