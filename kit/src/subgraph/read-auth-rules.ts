import {
  Kind,
  visit,
  type ASTNode,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type EnumTypeExtensionNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type ScalarTypeDefinitionNode,
  type ScalarTypeExtensionNode,
  type ValueNode,
} from 'graphql';

/** Somebody must be logged in and hold every scope of at least one inner list. */
export type AuthRule = { anyOf: readonly (readonly string[])[] };

/** No scope beyond being logged in. */
const LOGGED_IN: AuthRule = { anyOf: [[]] };

/** `Type` or `Type.field` → its rules, all of which must hold. */
export type AuthRules = ReadonlyMap<string, readonly AuthRule[]>;

const FEDERATION_URL = /^https:\/\/specs\.apollo\.dev\/federation\/v(\d+\.\d+)\/?$/;
const AUTH_DIRECTIVES = ['authenticated', 'requiresScopes', 'policy'] as const;
type AuthDirective = (typeof AUTH_DIRECTIVES)[number];

/**
 * Finds every use of `@authenticated` and `@requiresScopes`, under the names `@link` gives them. Throws for a use that
 * could not be enforced: on interfaces, by `@policy`, with arguments that are not understood.
 */
export function readAuthRules(document: DocumentNode): AuthRules {
  const names = localNames(document);
  const rules = new Map<string, AuthRule[]>();
  visit(document, {
    Directive(node, ...[, , , ancestors]) {
      const directive = names.get(node.name.value);
      if (!directive) return;
      const place = placeOf(node, ancestors);
      rules.set(place, [...(rules.get(place) ?? []), ruleOf(directive, node, place)]);
    },
  });
  return rules;
}

/** Local directive name → the standard one. Unimported directives are known under the prefix of their specification. */
function localNames(document: DocumentNode): Map<string, AuthDirective> {
  const names = new Map<string, AuthDirective>();
  for (const link of linksOf(document)) {
    const url = stringOf(argumentOf(link, 'url'));
    if (url === null || !FEDERATION_URL.test(url)) {
      refuseAuthSpecification(url);
      continue;
    }
    const prefix = stringOf(argumentOf(link, 'as')) ?? 'federation';
    for (const directive of AUTH_DIRECTIVES) names.set(`${prefix}__${directive}`, directive);
    for (const { name, as } of importsOf(link)) {
      const directive = AUTH_DIRECTIVES.find((known) => `@${known}` === name);
      if (directive) names.set(as.slice(1), directive);
    }
  }
  refuseUnlinked(document, names);
  return names;
}

function linksOf(document: DocumentNode): ConstDirectiveNode[] {
  return document.definitions
    .flatMap((node) =>
      node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION ? (node.directives ?? []) : [],
    )
    .filter((directive) => directive.name.value === 'link');
}

/** The directives' own specifications could bring them in past the federation link; nothing of ours does that. */
function refuseAuthSpecification(url: string | null): void {
  if (url !== null && AUTH_DIRECTIVES.some((directive) => url.includes(`/${directive}/`))) {
    throw new Error(`${url} is linked by itself; import its directive from the federation specification`);
  }
}

/** A standard name that no link brings in would be a directive that nobody enforces. */
function refuseUnlinked(document: DocumentNode, names: ReadonlyMap<string, AuthDirective>): void {
  visit(document, {
    Directive({ name: { value } }) {
      if (AUTH_DIRECTIVES.some((known) => known === value) && !names.has(value))
        throw new Error(`@${value} is used but not imported`);
    },
  });
}

function importsOf(link: DirectiveNode): { name: string; as: string }[] {
  const imports = argumentOf(link, 'import');
  if (imports?.kind !== Kind.LIST) return [];
  return imports.values.map((value) => {
    if (value.kind === Kind.STRING) return { name: value.value, as: value.value };
    const fields = value.kind === Kind.OBJECT ? value.fields : [];
    const field = (name: string) => stringOf(fields.find((candidate) => candidate.name.value === name)?.value);
    const name = field('name');
    if (name === null) throw new Error('An import of @link that is not understood');
    return { name, as: field('as') ?? name };
  });
}

function placeOf(directive: DirectiveNode, ancestors: readonly (ASTNode | readonly ASTNode[])[]): string {
  const [holder, outer] = ancestors.filter((ancestor): ancestor is ASTNode => 'kind' in ancestor).toReversed();
  if (holder && (isObject(holder) || isLeaf(holder))) return holder.name.value;
  if (holder?.kind === Kind.FIELD_DEFINITION && outer && isObject(outer)) {
    return `${outer.name.value}.${holder.name.value}`;
  }
  throw new Error(`@${directive.name.value} on ${holder?.kind ?? 'nothing'} cannot be enforced`);
}

function isObject(node: ASTNode): node is ObjectTypeDefinitionNode | ObjectTypeExtensionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
}

type LeafNode = ScalarTypeDefinitionNode | ScalarTypeExtensionNode | EnumTypeDefinitionNode | EnumTypeExtensionNode;

function isLeaf(node: ASTNode): node is LeafNode {
  const isScalar = node.kind === Kind.SCALAR_TYPE_DEFINITION || node.kind === Kind.SCALAR_TYPE_EXTENSION;
  return isScalar || node.kind === Kind.ENUM_TYPE_DEFINITION || node.kind === Kind.ENUM_TYPE_EXTENSION;
}

function ruleOf(directive: AuthDirective, node: DirectiveNode, place: string): AuthRule {
  if (directive === 'policy') throw new Error(`@${node.name.value} on ${place} cannot be enforced`);
  const known = directive === 'requiresScopes' ? ['scopes'] : [];
  const stray = node.arguments?.find(({ name }) => !known.includes(name.value));
  if (stray) throw new Error(`@${node.name.value} on ${place} has the unknown argument ${stray.name.value}`);
  return directive === 'authenticated' ? LOGGED_IN : { anyOf: scopesOf(node, place) };
}

function scopesOf(node: DirectiveNode, place: string): string[][] {
  const outer = argumentOf(node, 'scopes');
  const isListOfLists = outer?.kind === Kind.LIST && outer.values.length > 0;
  const lists = isListOfLists ? outer.values.map(stringsOf) : [null];
  if (lists.every((list) => list !== null && list.length > 0)) return lists as string[][];
  throw new Error(`@${node.name.value} on ${place} needs scopes: a list of lists of names, none of them empty`);
}

function stringsOf(node: ValueNode): string[] | null {
  if (node.kind !== Kind.LIST) return null;
  const strings = node.values.map((value) => stringOf(value));
  return strings.every((value) => value !== null && value !== '') ? (strings as string[]) : null;
}

function argumentOf(node: DirectiveNode, name: string): ValueNode | undefined {
  return node.arguments?.find((argument) => argument.name.value === name)?.value;
}

function stringOf(node: ValueNode | undefined): string | null {
  return node?.kind === Kind.STRING ? node.value : null;
}
