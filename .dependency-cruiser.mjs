/** Who may import whom. Every rule holds for types, too; generated code belongs to the folder it lies in. */

const SUBGRAPH = '^subgraphs/([^/]+)/';
const TEST = '\\.(test|conformance|e2e|fault)\\.ts$|^tests/|/testing/';
/** Libraries that talk to a server of a kind; each stays inside its adapter. */
const SERVER_CLIENTS = 'node_modules/(kafkajs|ioredis|@elastic/elasticsearch|cassandra-driver|@aws-sdk)/';
const SERVER_ADAPTER = '/(kafka|redis|elasticsearch|cassandra|s3)[a-z-]*\\.ts$';
const PORTS = '^kit/src/(event-log|cache|pubsub|search-index|object-store)/';
const ADAPTERS = ['', 'versioned-'].map(
  (prefix) => `${PORTS}${prefix}(embedded|kafka|redis|elasticsearch|cassandra|s3)[a-z-]*\\.ts$`,
);

const onlyInto = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [to, 'node_modules/'], dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle cannot be understood, tested or replaced in parts: extract what both sides need.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { circular: true, viaOnly: { pathNot: '/generated/' } },
    },
    {
      name: 'not-resolvable',
      comment: 'An import that leads nowhere: a wrong path, or a package that package.json does not name.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package that works only because another one brought it along breaks with that other one.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    onlyInto(
      'domain-is-pure',
      '^domain/',
      '^domain/',
      'domain has the rules everybody shares: nothing of ours, pure npm libraries only.',
    ),
    {
      name: 'domain-does-no-io',
      comment: 'domain is pure functions: no files, no network, no clock of its own.',
      severity: 'error',
      from: { path: '^domain/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    onlyInto(
      'schema-into-domain',
      '^schema/',
      '^(schema|domain)/',
      'schema is what crosses a boundary: it knows the rules, and nobody who uses it.',
    ),
    onlyInto('kit-into-kit', '^kit/', '^kit/', 'kit has ports and plumbing: not one word of the domain.'),
    {
      name: 'subgraph-into-shared',
      comment: 'A subgraph owns its data: others reach it by its API, its RPC and its events, never by import.',
      severity: 'error',
      from: { path: SUBGRAPH },
      to: { path: '^(subgraphs|prisma|gateway|worker|stack|cli|web|tests)/', pathNot: '^(subgraphs|prisma)/$1/' },
    },
    {
      name: 'prisma-of-its-owner',
      comment: 'Only the subgraph of the same name may use a Prisma client; nobody else reads its tables.',
      severity: 'error',
      from: { pathNot: '^(subgraphs|prisma|tests)/' },
      to: { path: '^prisma/' },
    },
    onlyInto(
      'gateway-into-shared',
      '^gateway/',
      '^(gateway|domain|schema|kit)/',
      'gateway knows subgraphs by the supergraph alone: no subgraph, no Prisma.',
    ),
    {
      name: 'worker-through-open-and-consumes',
      comment: 'worker runs what a subgraph offers by open.ts and consumes.ts, and looks no deeper.',
      severity: 'error',
      from: { path: '^worker/', pathNot: TEST },
      to: { path: '^subgraphs/', pathNot: '^subgraphs/[^/]+/src/(open|consumes|config)\\.ts$' },
    },
    onlyInto(
      'worker-into-shared',
      '^worker/',
      '^(worker|domain|schema|kit|subgraphs)/',
      'worker binds topics to consumers, without the gateway.',
    ),
    {
      name: 'stack-through-open',
      comment: 'stack composes subgraphs by open.ts, and looks no deeper.',
      severity: 'error',
      from: { path: '^(stack|cli)/', pathNot: TEST },
      to: { path: '^(subgraphs|prisma)/', pathNot: '^subgraphs/[^/]+/src/(open|config)\\.ts$' },
    },
    onlyInto(
      'web-into-operations',
      '^web/',
      '^(web|schema/operations)/',
      'web is a client: it knows the operations that it sends.',
    ),
    {
      name: 'nobody-imports-tests',
      comment: 'What runs in production does not depend on tests.',
      severity: 'error',
      from: { pathNot: [TEST, '^vitest\\.config\\.ts$', '^scripts/test\\.mjs$'] },
      to: { path: '^tests/|\\.test\\.ts$' },
    },
    {
      name: 'server-clients-inside-adapters',
      comment: 'Clients of servers stay inside their adapter files, so that a port can be kept without them.',
      severity: 'error',
      from: { path: '^(domain|schema|kit|subgraphs|gateway|worker|stack|cli|web)/', pathNot: [SERVER_ADAPTER, TEST] },
      to: { path: SERVER_CLIENTS },
    },
    {
      name: 'adapters-opened-at-the-top',
      comment:
        "Only main.ts, worker, stack, cli, tests, and a subgraph's open.ts for what lies in its own database choose adapters; everybody else is handed the port.",
      severity: 'error',
      from: { pathNot: ['^(worker|stack|cli)/', '/main\\.ts$', '^subgraphs/[^/]+/src/open\\.ts$', TEST, '^kit/src/'] },
      to: { path: ADAPTERS },
    },
    {
      name: 'main-is-the-top',
      comment: 'main.ts starts a process; what it starts is importable elsewhere.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '/src/main\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|\\.turbo|\\.starling)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
