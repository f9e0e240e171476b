import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';

// Outside of tests the plugin keeps the first schema it has seen for the whole process, and ours has one per subgraph.
process.env.NODE_ENV = 'test';
const { default: graphqlPlugin } = await import('@graphql-eslint/eslint-plugin');

const TESTS = ['**/*.test.ts', '**/*.conformance.ts', '**/*.e2e.ts', '**/*.fault.ts', 'tests/**/*.ts', '**/testing/**'];
const root = import.meta.dirname;

/** One project per subgraph, because each is a schema of its own; operations are written against all of them together. */
const operations = readdirSync(join(root, 'schema/operations')).filter((name) => name.endsWith('.graphql'));
const graphqlProjects = Object.fromEntries([
  ...readdirSync(join(root, 'subgraphs')).map((name) => [
    name,
    { schema: join(root, `subgraphs/${name}/schema.graphql`), include: join(root, `subgraphs/${name}/**`) },
  ]),
  [
    'operations',
    {
      schema: join(root, 'schema/supergraph.graphql'),
      documents: operations.map((name) => join(root, 'schema/operations', name)),
    },
  ],
]);
const graphqlLanguage = {
  parser: graphqlPlugin.parser,
  parserOptions: { graphQLConfig: { projects: graphqlProjects } },
};

/** Arguments are told by their field; entities by the subgraph that owns them. */
const UNDESCRIBED = [
  'FieldDefinition > InputValueDefinition',
  '[type=FieldDefinition][name.value=id]',
  '[type=ObjectTypeDefinition][name.value=/^(Query|Mutation|Subscription|Tweet|User)$/]',
];

const restrictedSyntax = [
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that has it.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only: one name, everywhere.' },
  { selector: 'ClassDeclaration[superClass=null] > Decorator', message: 'No decorators.' },
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/generated/**',
      '**/dist/**',
      '**/.turbo/**',
      '.starling/**',
      'schema/supergraph.graphql',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-syntax': ['error', ...restrictedSyntax],
      'no-console': 'error',
      eqeqeq: 'error',
      'object-shorthand': ['error', 'properties'],
      'prefer-const': 'error',
      'no-param-reassign': 'error',
      'max-lines': ['error', { max: 250, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'max-params': ['error', { max: 5 }],
      complexity: ['error', { max: 20 }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // A function that keeps a promise of its port is async even where this adapter has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Ports are types with methods, their adapters plain objects of closures: there is no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Misfires on what others change while we await.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `() => void | Promise<void>` is what a caller may hand over; type arguments and `void` are said where they tell a reader something.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
    },
  },
  {
    files: ['*.config.ts', 'codegen.ts', 'web/*.config.ts', '**/*global-setup.ts'],
    rules: {
      'no-restricted-syntax': ['error', restrictedSyntax[0]],
      // Modules are augmented by interfaces.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    // What a person at a terminal reads.
    files: ['cli/**/*.ts', 'stack/**/*.ts', 'schema/*.ts', 'scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: TESTS,
    rules: {
      // A describe block or a scenario is read from top to bottom; chopping it up hides the story.
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400, skipComments: true }],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An answer that is about to be compared needs no type.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['subgraphs/*/schema.graphql'],
    languageOptions: graphqlLanguage,
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...graphqlPlugin.configs['flat/schema-recommended'].rules,
      '@graphql-eslint/description-style': 'off',
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-connection-types': 'error',
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/relay-page-info': 'error',
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          ignoredSelectors: UNDESCRIBED,
        },
      ],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      // Composition knows the directives of federation, and checks how they are used.
      '@graphql-eslint/known-directives': 'off',
      // Payloads, pages and edges have no identity; entities say theirs by @key.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
  {
    // It has no connection of its own.
    files: ['subgraphs/users/schema.graphql'],
    rules: { '@graphql-eslint/relay-page-info': 'off' },
  },
  {
    files: ['schema/operations/*.graphql'],
    languageOptions: graphqlLanguage,
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...graphqlPlugin.configs['flat/operations-recommended'].rules,
      // Asked for where something reads it.
      '@graphql-eslint/require-selections': 'off',
    },
  },
);
