import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, visit, type FragmentDefinitionNode, type OperationDefinitionNode } from 'graphql';

const folder = fileURLToPath(import.meta.resolve('@starling/schema/operations/accounts.graphql')).replace(/[^/]+$/, '');
const definitions = readdirSync(folder)
  .filter((file) => file.endsWith('.graphql'))
  .flatMap((file) => parse(readFileSync(folder + file, 'utf8')).definitions);

const operations = new Map<string, string>();
for (const definition of definitions) {
  if (definition.kind === Kind.OPERATION_DEFINITION)
    operations.set(definition.name?.value ?? '', withFragments(definition));
}

/** Text of one operation of schema/operations, with the fragments it uses. */
export function operation(name: string): string {
  const text = operations.get(name);
  if (text === undefined) throw new Error(`schema/operations has no operation "${name}".`);
  return text;
}

function withFragments(operation: OperationDefinitionNode): string {
  const used: FragmentDefinitionNode[] = [];
  visit(operation, {
    FragmentSpread({ name }) {
      const fragment = definitions.find(
        (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name.value,
      );
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION) used.push(fragment);
    },
  });
  return [operation, ...used].map(print).join('\n\n');
}
