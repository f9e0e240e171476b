import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  parse,
  type GraphQLSchema,
} from 'graphql';
import type { CallContext } from '../principal.ts';
import { enforceAuth } from './enforce-auth.ts';
import type { Subgraph } from './port.ts';

/** Every context value carries the call it belongs to: authorization reads it. */
export type WithCall = { call: CallContext };

export type SubgraphParts<Context extends WithCall> = {
  name: string;
  /** The subgraph's SDL, `@link` included. */
  typeDefs: string;
  /** By type and field; `__resolveReference` for entities; `{ subscribe, resolve }` for subscriptions. */
  resolvers: object;
  createContext(call: CallContext): Context;
  position?: Subgraph['position'];
};

/**
 * An executable federated schema whose `@authenticated` and `@requiresScopes` are enforced by its own resolvers,
 * wherever it runs. Throws if one of these directives stands where that is impossible, or a resolver has no field.
 */
export function buildSubgraph<Context extends WithCall>(parts: SubgraphParts<Context>): Subgraph {
  const { name, typeDefs, resolvers, createContext, position } = parts;
  const document = parse(typeDefs);
  const schema = buildSubgraphSchema({ typeDefs: document, resolvers: resolvers as ResolverMap });
  refuseStrayResolvers(schema, resolvers);
  enforceAuth(schema, document);
  return { name, schema, createContext, ...(position && { position }) };
}

type ResolverMap = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']>;

/** The library drops them silently, and with them whatever their author meant to happen. */
function refuseStrayResolvers(schema: GraphQLSchema, resolvers: object): void {
  for (const [typeName, members] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!type || isIntrospectionType(type) || isInputObjectType(type))
      throw new Error(`Resolvers for unknown type ${typeName}`);
    if (!isObjectType(type) && !isInterfaceType(type) && !isUnionType(type)) continue;
    const fields = isObjectType(type) ? type.getFields() : {};
    for (const member of Object.keys(members as object)) {
      if (!member.startsWith('__') && !(member in fields))
        throw new Error(`Resolver for unknown field ${typeName}.${member}`);
    }
  }
}
