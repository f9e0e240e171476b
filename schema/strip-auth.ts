import { type DirectiveNode, Kind, parse, print, visit } from 'graphql';

const FEATURES = ['authenticated', 'requiresScopes', 'policy'];
const LINK = new RegExp(`^https://specs\\.apollo\\.dev/(?:${FEATURES.join('|')})/`);

/**
 * The supergraph without `@authenticated`, `@requiresScopes` and `@policy`: their uses, definitions, scalars and links.
 * Apollo's gateway refuses to load a supergraph that has them; the subgraphs enforce them, whoever asks.
 */
export function stripAuthDirectives(supergraphSdl: string): string {
  const document = visit(parse(supergraphSdl), {
    Directive: (node) => (FEATURES.includes(node.name.value) || isAuthLink(node) ? null : undefined),
    DirectiveDefinition: (node) => (FEATURES.includes(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (FEATURES.includes(node.name.value.split('__')[0] ?? '') ? null : undefined),
  });
  return `${print(document)}\n`;
}

function isAuthLink(node: DirectiveNode): boolean {
  const url = node.arguments?.find((argument) => argument.name.value === 'url')?.value;
  return node.name.value === 'link' && url?.kind === Kind.STRING && LINK.test(url.value);
}
