import { expect, test } from 'vitest';
import { graphConfig } from './config.ts';

test('nobody may follow more than one read of a timeline can ask for', () => {
  const parse = (followLimit: string) =>
    graphConfig.safeParse({ databaseUrl: 'postgres://localhost/graph', followLimit });
  expect(parse('5000').data?.followLimit).toBe(5_000);
  expect(parse('5001').error?.issues).toMatchObject([{ path: ['followLimit'], code: 'too_big', maximum: 5_000 }]);
});
