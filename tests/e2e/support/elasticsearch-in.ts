import type { Servers } from '../../support/servers.ts';
import type { FoundText } from './stack-under-test.ts';

type Hit = { _index: string; _id: string; fields: unknown };
type Hits = { hits: { hits: Hit[] } };
type Aliases = Record<string, { aliases: Record<string, object> }>;

/** Indexes of a namespace, asked without any client of ours. */
export function elasticsearchIn(namespace: string, { url, username, password }: Servers['elasticsearch']) {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const indexes = async () => Object.entries(await ask<Aliases>('GET', `${namespace}-*/_alias`));

  return {
    async findTexts(texts: readonly string[]): Promise<FoundText[]> {
      await ask('POST', `${namespace}-*/_refresh`);
      const found = await Promise.all(
        texts.map(async (text) => {
          const { hits } = await ask<Hits>('POST', `${namespace}-*/_search?size=10000`, queryFor(text));
          return hits.hits.map((hit) => ({ place: placeOf(hit), text, row: JSON.stringify(hit) }));
        }),
      );
      return found.flat();
    },
    /** Takes the aliases away that `name` is written by; the answer gives them back. */
    async spoil(name: string): Promise<() => Promise<void>> {
      const written = (await indexes()).flatMap(([index, { aliases }]) =>
        Object.keys(aliases)
          .filter((alias) => alias.startsWith(`${namespace}-${name}-`))
          .map((alias) => ({ index, alias })),
      );
      await ask('POST', '_aliases', { actions: written.map((one) => ({ remove: one })) });
      return async () => void (await ask('POST', '_aliases', { actions: written.map((one) => ({ add: one })) }));
    },
    async remove(): Promise<void> {
      const names = (await indexes()).map(([index]) => index);
      if (names.length > 0) await ask('DELETE', names.join(','));
    },
  };

  function placeOf({ _index, _id }: Hit): string {
    return `search.${_index.slice(namespace.length + 1)} ${_id}`;
  }
}

/** Fields that hold something of what was written; the documents themselves are not kept. */
const FIELDS = ['tokens', 'repeats', 'keywords', 'suggested', 'words', 'spellings', 'label'];

/** Whatever holds the text within one of its terms. */
function queryFor(text: string): object {
  const value = `*${text.toLowerCase()}*`;
  const should = FIELDS.map((field) => ({ wildcard: { [field]: { value } } }));
  return { query: { bool: { should } }, docvalue_fields: ['id'] };
}
