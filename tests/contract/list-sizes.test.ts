import { createLimitCheck, LONGEST, limitsConfig } from '@starling/gateway/limits.ts';
import { apiSchemaOf } from '@starling/schema/check-breaking.ts';
import { compose } from '@starling/schema/compose.ts';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { describe, expect, it } from 'vitest';

const schema = apiSchemaOf(compose().supergraphSdl);
type Field = GraphQLField<unknown, unknown>;

const hasSize = ({ args }: Field) => args.some(({ name }) => name === 'first' || name === 'ids');
const fieldsOf = (type: GraphQLNamedType): Field[] =>
  isObjectType(type)
    ? Object.values(type.getFields())
    : isCompositeType(type)
      ? schema.getPossibleTypes(type).flatMap(fieldsOf)
      : [];

/** Whether something below a type comes in pages. */
function leadsToPages(type: GraphQLNamedType, seen = new Set<GraphQLNamedType>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return fieldsOf(type).some((field) => hasSize(field) || leadsToPages(getNamedType(field.type), seen));
}

describe('lists that nobody asks the size of', () => {
  it('have a longest, if pages can be asked for below them', () => {
    const found = Object.values(schema.getTypeMap()).flatMap((type) =>
      fieldsOf(type)
        // Of a page's edges the field that gives the page says how many there are.
        .filter((field) => isListType(getNullableType(field.type)) && !hasSize(field) && field.name !== 'edges')
        .filter((field) => leadsToPages(getNamedType(field.type)))
        .map(({ name }) => `${type.name}.${name}`),
    );
    expect([...new Set(found)].sort()).toEqual(Object.keys(LONGEST).sort());
  });

  const check = createLimitCheck(schema, limitsConfig.parse({}));
  const page = '{ tweets(first: 100) { edges { cursor } } }';

  it.each([
    ['whom a page names', `{ homeTimeline(first: 50) { edges { reason { followees ${page} } } } }`],
    ['whom an explanation names', `{ whyNotInMyTimeline(tweetId: "1") { absences { actor ${page} } } }`],
    ['whom a tweet mentions', `{ tweets(ids: ["1", "2"]) { entities { user ${page} } } }`],
    [
      'what a tweet answers',
      '{ conversation(tweetId: "1") { ancestors { author { tweets(first: 101) { edges { cursor } } } } } }',
    ],
  ])('take no pages of each below %s', (_, query) => {
    expect(() => check({ document: parse(query) })).toThrow('The answer could hold');
  });

  it('take plain fields, and short pages below a short list', () => {
    const followees = 'followees { id handle name bio viewerFollows }';
    check({ document: parse(`{ homeTimeline(first: 100) { edges { reason { ${followees} } } } }`) });
    check({
      document: parse('{ conversation(tweetId: "1") { ancestors { likedBy(first: 9) { edges { cursor } } } } }'),
    });
  });
});
