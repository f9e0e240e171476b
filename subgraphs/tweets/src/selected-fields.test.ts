import { buildSchema, graphql, type GraphQLResolveInfo } from 'graphql';
import { expect, it } from 'vitest';
import { selectedFields } from './selected-fields.ts';

it('names what is wanted directly, in fragments of either kind, under whatever alias, and nothing below', async () => {
  const schema = buildSchema(
    'type Query { tweet: Tweet } type Tweet { id: ID likes: Int author: User } type User { name: String }',
  );
  let names: Set<string> | null = null;
  const tweet = (_args: object, _context: unknown, info: GraphQLResolveInfo) => {
    names = selectedFields(info);
    return {};
  };
  const source = `{ tweet { id ... on Tweet { count: likes } ...More } } fragment More on Tweet { author { name } }`;
  expect((await graphql({ schema, source, rootValue: { tweet } })).errors).toBeUndefined();
  expect(names).toEqual(new Set(['id', 'likes', 'author']));
});
