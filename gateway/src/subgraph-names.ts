import { Kind, parse, type StringValueNode } from 'graphql';

/** Names of the subgraphs that a supergraph is composed of, as its `join__Graph` says. */
export function subgraphNames(supergraphSdl: string): string[] {
  const graphs = parse(supergraphSdl).definitions.find(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph',
  );
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION)
    throw new Error('The supergraph does not say what it is composed of.');
  return (graphs.values ?? []).map(({ name, directives = [] }) => {
    const graph = directives.find((directive) => directive.name.value === 'join__graph');
    const told = graph?.arguments?.find((argument) => argument.name.value === 'name')?.value;
    if (told?.kind !== Kind.STRING) throw new Error(`The supergraph does not name its subgraph ${name.value}.`);
    return (told satisfies StringValueNode).value;
  });
}
