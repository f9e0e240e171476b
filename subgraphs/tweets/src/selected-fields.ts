import { Kind, type GraphQLResolveInfo, type SelectionNode } from 'graphql';

/** Names of the fields that an operation wants of what is just resolved, also those in fragments; not of what lies below. */
export function selectedFields({
  fieldNodes,
  fragments,
}: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): Set<string> {
  const names = new Set<string>();
  const visit = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet.selections);
      else visit(fragments[selection.name.value]?.selectionSet.selections ?? []);
    }
  };
  for (const node of fieldNodes) visit(node.selectionSet?.selections ?? []);
  return names;
}
