import { createPool } from '@starling/kit/postgres/pool.ts';
import { rateOf, type Path } from './rounds.ts';
import type { Site } from './site.ts';

const WIDTH = 8;
const ROUND_MS = 2_000;

/** Posting through the gateway, with the worker busy behind it as it would be. */
export async function postPath({ stack, writer, plainDatabaseUrl }: Site): Promise<Path> {
  const pool = createPool({ url: plainDatabaseUrl, name: 'bench', max: WIDTH });
  await pool.query(
    'CREATE TABLE post (id BIGSERIAL PRIMARY KEY, author_id BIGINT, text TEXT, at TIMESTAMPTZ DEFAULT now())',
  );
  let posted = 0;
  const text = () =>
    `Number ${(posted += 1)} of many, posted as quickly as it will go, with a #hashtag for good measure`;
  const insert = () =>
    pool.query({
      name: 'insert-post',
      text: 'INSERT INTO post (author_id, text) VALUES ($1, $2) RETURNING id',
      values: ['1234567890123456789', text()],
    });
  return {
    name: 'post tweet',
    baseline: 'INSERT of one row by pg',
    ours: () => rateOf(() => postTweet(stack, writer, text()), WIDTH, ROUND_MS),
    theirs: () => rateOf(insert, WIDTH, ROUND_MS),
    settle: () => stack.drain(),
    close: () => pool.end(),
  };
}

/** Id of the new tweet. */
export async function postTweet(stack: Site['stack'], authorId: string, text: string): Promise<string> {
  const { postTweet } = await stack.executeAs<{ postTweet: { tweet: { id: string } | null; userErrors: object[] } }>(
    authorId,
    'mutation PostTweet($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } userErrors { code } } }',
    { input: { text } },
  );
  if (postTweet.tweet === null) throw new Error(JSON.stringify(postTweet.userErrors));
  return postTweet.tweet.id;
}
