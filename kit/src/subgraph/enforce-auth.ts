import {
  defaultFieldResolver,
  getNamedType,
  isObjectType,
  type DocumentNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { StarlingError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import { notLoggedIn } from '../require-viewer.ts';
import { readAuthRules, type AuthRule } from './read-auth-rules.ts';

/**
 * Wraps the resolvers of everything the directives guard: a field by its own rules, those of the object it stands in and
 * those of the type it returns; an entity also where it is resolved by reference.
 */
export function enforceAuth(schema: GraphQLSchema, document: DocumentNode): void {
  const rules = readAuthRules(document);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const ofType = rules.get(type.name) ?? [];
    if (ofType.length > 0) guardReference(type, ofType);
    for (const field of Object.values(type.getFields())) {
      const ofField = rules.get(`${type.name}.${field.name}`) ?? [];
      const ofResult = rules.get(getNamedType(field.type).name) ?? [];
      const all = [...ofType, ...ofField, ...ofResult];
      if (all.length > 0) guardField(field, all);
    }
  }
}

/** Throws StarlingError UNAUTHENTICATED or FORBIDDEN unless the principal satisfies every rule. */
function checkRules(principal: Principal, rules: readonly AuthRule[]): void {
  if (principal.userId === null) throw notLoggedIn();
  for (const { anyOf } of rules) {
    const isAllowed = anyOf.some((allOf) => allOf.every((scope) => principal.scopes.includes(scope)));
    if (!isAllowed) throw new StarlingError('FORBIDDEN', 'The token lacks a scope', { requiredScopes: anyOf });
  }
}

type Resolver = GraphQLFieldResolver<unknown, unknown>;
type Guarded = GraphQLField<unknown, unknown>;

function guardField(field: Guarded, rules: readonly AuthRule[]): void {
  field.resolve = guard(field.resolve ?? defaultFieldResolver, rules);
  if (field.subscribe) field.subscribe = guard(field.subscribe, rules);
}

function guard(resolve: Resolver, rules: readonly AuthRule[]): Resolver {
  return (source, args, context, info) => {
    checkRules(principalOf(context), rules);
    return resolve(source, args, context, info);
  };
}

type ResolveReference = (reference: unknown, context: unknown, info: unknown) => unknown;
type ApolloExtensions = { apollo?: { subgraph?: { resolveReference?: ResolveReference } } };

function guardReference(type: GraphQLObjectType, rules: readonly AuthRule[]): void {
  const { apollo } = type.extensions as ApolloExtensions;
  const inner: ResolveReference = apollo?.subgraph?.resolveReference ?? ((reference) => reference);
  const resolveReference: ResolveReference = (reference, context, info) => {
    checkRules(principalOf(context), rules);
    return inner(reference, context, info);
  };
  type.extensions = { ...type.extensions, apollo: { ...apollo, subgraph: { ...apollo?.subgraph, resolveReference } } };
}

function principalOf(context: unknown): Principal {
  const principal = (context as { call?: { principal?: Principal } } | undefined)?.call?.principal;
  if (!principal) throw new Error('The context value carries no call: nobody can be authorized');
  return principal;
}
