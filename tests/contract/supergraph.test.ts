import { ApolloGateway } from '@apollo/gateway';
import { apiSchemaOf, compareSupergraphs } from '@starling/schema/check-breaking.ts';
import { compose, readSubgraphs, readSupergraph } from '@starling/schema/compose.ts';
import { stripAuthDirectives } from '@starling/schema/strip-auth.ts';
import { Kind, parse, print, printSchema, visit } from 'graphql';
import { describe, expect, it } from 'vitest';

const { supergraphSdl, hints } = compose();

describe('composition', () => {
  it('makes the supergraph that is committed, without hints', () => {
    expect(readSupergraph()).toBe(supergraphSdl);
    expect(hints).toEqual([]);
  });

  it('does not depend on the order of the subgraphs', () => {
    expect(compose(readSubgraphs().toReversed()).supergraphSdl).toBe(supergraphSdl);
  });

  it('lists everything that does not fit together', () => {
    const broken = readSubgraphs().map(({ name, sdl }) => ({ name, sdl: sdl.replaceAll(' @shareable', '') }));
    expect(() => compose(broken)).toThrow(/PageInfo\.hasNextPage.+UserError\.code/s);
  });
});

describe('the supergraph without auth directives', () => {
  const stripped = stripAuthDirectives(supergraphSdl);

  it('is refused by the gateway before, and loaded after', async () => {
    await expect(load(supergraphSdl)).rejects.toThrow(/authenticated/);
    expect(await load(stripped)).toBe('Query');
  });

  it('has not one trace of them', () => {
    expect(supergraphSdl).toMatch(/@authenticated/);
    expect(stripped).not.toMatch(/authenticated|requiresScopes|policy/);
  });

  it('is the same in everything else', () => {
    const isAuth = (name: string) => /^(authenticated|requiresScopes)/.test(name);
    const withoutUses = visit(parse(supergraphSdl), {
      enter: (node) => ('name' in node && node.name?.kind === Kind.NAME && isAuth(node.name.value) ? null : undefined),
    });
    const withoutLinks = print(withoutUses).replaceAll(
      / @link\(url: "[^"]+\/(authenticated|requiresScopes)\/[^)]+\)/g,
      '',
    );
    expect(stripped.trim()).toBe(withoutLinks.trim());
    expect(printSchema(apiSchemaOf(stripped))).toBe(printSchema(apiSchemaOf(supergraphSdl)));
  });
});

describe('the check for breaking changes', () => {
  it('tells a removed field, a new argument value and a new field apart', async () => {
    const changed = compose(
      readSubgraphs().map(({ name, sdl }) => ({
        name,
        sdl: sdl
          .replace('  "Who is asking; null without a token."\n  viewer: User\n', '  extra: Int\n')
          .replace('"Hidden by the operators."', '"New."\n  FROZEN\n  "Hidden by the operators."'),
      })),
    );
    expect(await compareSupergraphs(supergraphSdl, changed.supergraphSdl)).toMatchObject({
      breaking: ["Field 'viewer' was removed from object type 'Query'"],
      dangerous: ["Enum value 'FROZEN' was added to enum 'AccountState'"],
    });
  });
});

/** The name of the query type that the gateway serves. */
async function load(sdl: string): Promise<string | undefined> {
  const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const gateway = new ApolloGateway({ supergraphSdl: sdl, logger: quiet });
  const { schema } = await gateway.load();
  await gateway.stop();
  return schema.getQueryType()?.name;
}

function ignore(): void {
  return undefined;
}
