import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchForTests } from '../support/elasticsearch.ts';
import { pretendToBe } from '../support/elasticsearch-doors.ts';
import { openIndexes } from '../support/open-indexes.ts';

const elasticsearch = await elasticsearchForTests();

/** What is wrong is told in one message; nothing is changed. */
describe.skipIf(elasticsearch === null)('Elasticsearch refuses a start', () => {
  const server = elasticsearch!;
  let indexes: ReturnType<typeof openIndexes>;
  let open: typeof indexes.open;
  let ask: typeof indexes.ask;
  let namespace: string;
  beforeAll(() => {
    indexes = openIndexes(server);
    ({ open, ask, namespace } = indexes);
  });
  afterAll(() => indexes.close());

  test('for a wrong password', async () => {
    const refusal = /^Elasticsearch at 127\.0\.0\.1:\d+ refuses the user name or the password$/;
    await expect(open('refused', { password: 'wrong' })).rejects.toThrow(refusal);
    await expect(open('refused', { username: 'nobody' })).rejects.toThrow(refusal);
  });

  test('where nobody listens', async () => {
    await expect(open('refused', { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'Elasticsearch at 127.0.0.1:1 cannot be reached',
    });
  });

  test.each([
    [
      'an older version that says so',
      200,
      { nodes: { n: { version: '8.19.3' } } },
      'is version 8.19.3; version 9 is needed',
    ],
    [
      'a newer version that says so',
      200,
      { nodes: { n: { version: '10.0.1' } } },
      'is version 10.0.1; version 9 is needed',
    ],
    [
      'a version that does not know the client',
      400,
      { error: { type: 'media_type_header_exception', reason: 'Invalid media-type' }, status: 400 },
      'is of another version; version 9 is needed',
    ],
  ])('for %s', async (_, status, body, message) => {
    const url = await pretendToBe(status, body, { 'x-elastic-product': 'Elasticsearch' });
    await expect(open('refused', { url })).rejects.toThrow(message);
  });

  test('for a server of another kind', async () => {
    const url = await pretendToBe(200, { version: { distribution: 'other' } }, {});
    await expect(open('refused', { url })).rejects.toThrow('is not Elasticsearch');
  });

  test('for an index with a foreign mapping, which stays as it is', async () => {
    await ask('PUT', `/${namespace}-foreign-v1`, {
      mappings: { properties: { title: { type: 'text' } } },
      aliases: { [`${namespace}-foreign`]: {} },
    });
    await ask('PUT', `/${namespace}-foreign-v1/_doc/1?refresh=true`, { title: 'mine' });
    await expect(open('foreign')).rejects.toThrow(
      new RegExp(`^The index ${namespace}-foreign-v1 at .* has a mapping of another program or version`),
    );
    expect(await ask('GET', `/${namespace}-foreign-v1/_doc/1`)).toMatchObject({ found: true });
  });

  test('for an index of a name that an alias should have', async () => {
    await ask('PUT', `/${namespace}-taken`, {});
    await expect(open('taken')).rejects.toThrow('has a mapping of another program or version');
  });
});
