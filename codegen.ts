import type { CodegenConfig } from '@graphql-codegen/cli';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'subgraphs');

/** Entities whose resolvers get a bare reference: `{ id }` and whatever else the owner's context.ts declares. */
const ENTITIES = ['Tweet', 'User'];

/** Resolver types of every subgraph, from its hand-written schema. */
const config: CodegenConfig = {
  silent: true,
  errorsOnly: true,
  generates: Object.fromEntries(readdirSync(folder).flatMap((name) => outputOf(name))),
};
export default config;

function outputOf(name: string): [string, CodegenConfig['generates'][string]][] {
  const schema = join(folder, name, 'schema.graphql');
  const sdl = readFileSync(schema, 'utf8');
  const entities = ENTITIES.filter((entity) => new RegExp(`^type ${entity}\\b`, 'm').test(sdl));
  const contextType = `${name[0]?.toUpperCase()}${name.slice(1)}Context`;
  return [
    [
      join(folder, name, 'generated/resolvers.ts'),
      {
        schema,
        plugins: ['typescript', 'typescript-resolvers'],
        config: {
          federation: true,
          enumsAsTypes: true,
          useTypeImports: true,
          importExtension: '.ts',
          strictScalars: true,
          scalars: { DateTime: 'Date', _FieldSet: 'string', ID: 'string' },
          contextType: `../src/context.ts#${contextType}`,
          mappers: Object.fromEntries(entities.map((entity) => [entity, `../src/context.ts#${entity}Parent`])),
        },
      },
    ],
  ];
}
