import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { OF_ONE_PROCESS } from './tests/support/of-one-process.ts';
import { findServers } from './tests/support/servers.ts';

/** Faults that are short enough for every change; `npm run test:faults` runs the others as well. */
const FAULTS_OF_CI = [
  'engines',
  'process-refused',
  'processes',
  'rolling-restart',
  'start-servers',
  'timelines-come-back',
].map((name) => `tests/fault/servers/${name}.fault.ts`);

const E2E = { include: ['tests/e2e/**/*.e2e.ts'], testTimeout: 120_000 };

/** Kinds of tests by where they lie and how they end; `npm run vitest -- --project unit` runs one. */
const PROJECTS: Record<string, Project> = {
  unit: {
    include: ['{domain,schema,kit,subgraphs,gateway,worker,stack,cli,web,infra,scripts,tests/load}/**/*.test.ts'],
    testTimeout: 10_000,
  },
  conformance: { include: ['tests/conformance/**/*.conformance.ts'], testTimeout: 30_000 },
  contract: { include: ['tests/contract/**/*.test.ts'], testTimeout: 30_000 },
  e2e: E2E,
  fault: { include: ['tests/fault/*.fault.ts'], testTimeout: 240_000 },
};

/** On real servers, where there are any. One file at a time: each starts many processes. */
const ON_SERVERS: Record<string, Project> = {
  'e2e-servers': {
    ...E2E,
    // Every read goes through several processes.
    testTimeout: 2 * E2E.testTimeout,
    exclude: OF_ONE_PROCESS.map((name) => `tests/e2e/${name}`),
    env: { TEST_STACK: 'servers' },
    maxWorkers: 1,
    order: 1,
  },
  'fault-servers': {
    include: process.env['TEST_FAULTS'] === 'ci' ? FAULTS_OF_CI : ['tests/fault/servers/**/*.fault.ts'],
    testTimeout: 1_200_000,
    maxWorkers: 1,
    order: 2,
  },
};

type Project = {
  include: string[];
  exclude?: string[];
  testTimeout: number;
  env?: Record<string, string>;
  maxWorkers?: number;
  /** Later ones wait for all earlier ones. */
  order?: number;
};

const projects = { ...PROJECTS, ...((await findServers()) === null ? {} : ON_SERVERS) };

export default defineConfig({
  // The file that Node itself loads: beside it, graphql's "module" build would be a second realm.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    environment: 'node',
    maxWorkers: 2,
    // What is waited for comes within milliseconds, except on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['./kit/src/testing/postgres-global-setup.ts'],
    projects: Object.entries(projects).map(([name, { order = 0, exclude = [], ...project }]) => ({
      extends: true as const,
      test: {
        ...project,
        name,
        exclude: ['**/node_modules/**', '**/generated/**', '**/dist/**', ...exclude],
        hookTimeout: Math.max(project.testTimeout, 60_000),
        sequence: { groupOrder: order },
      },
    })),
  },
});
