import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Kinds of tests by where they lie and how they end; `npm run vitest -- --project unit` runs one. */
const PROJECTS = {
  unit: {
    include: ['{domain,schema,kit,subgraphs,gateway,worker,stack,cli,web,scripts}/**/*.test.ts'],
    testTimeout: 10_000,
  },
  subgraphs: { include: ['tests/subgraphs/**/*.test.ts'], testTimeout: 20_000 },
  conformance: { include: ['tests/conformance/**/*.conformance.ts'], testTimeout: 30_000 },
  contract: { include: ['tests/contract/**/*.test.ts'], testTimeout: 30_000 },
  e2e: { include: ['tests/e2e/**/*.e2e.ts'], testTimeout: 120_000 },
  fault: { include: ['tests/fault/**/*.fault.ts'], testTimeout: 240_000 },
};

export default defineConfig({
  // The file that Node itself loads: beside it, graphql's "module" build would be a second realm.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    environment: 'node',
    maxWorkers: 2,
    // What is waited for comes within milliseconds, except on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['./kit/src/testing/postgres-global-setup.ts'],
    projects: Object.entries(PROJECTS).map(([name, { include, testTimeout }]) => ({
      extends: true as const,
      test: {
        name,
        include,
        exclude: ['**/node_modules/**', '**/generated/**', '**/dist/**'],
        testTimeout,
        hookTimeout: Math.max(testTimeout, 60_000),
      },
    })),
  },
});
