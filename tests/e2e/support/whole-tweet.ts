import { type FieldDefinitionNode, Kind, parse } from 'graphql';
import { readSupergraph } from '@starling/schema/read-supergraph.ts';

/** What of a tweet is there although it may not be shown. */
const KEPT = new Set(['id', 'unavailable']);

export type WholeTweet = { id: string; unavailable: { reason: string } | null } & Record<string, unknown>;

/** Names of the fields that tell something although they should be null. */
export function leaksOf(tweet: WholeTweet): string[] {
  return Object.keys(tweet).filter((field) => !KEPT.has(field) && tweet[field] !== null);
}

async function fieldsOfTweet(): Promise<readonly FieldDefinitionNode[]> {
  const { definitions } = parse(await readSupergraph());
  const type = definitions.find(
    (definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === 'Tweet',
  );
  if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION || !type.fields) throw new Error('The supergraph has no Tweet.');
  return type.fields;
}

const BELOW: Readonly<Record<string, string>> = {
  User: '{ id }',
  Tweet: '{ id }',
  TextEntity: '{ kind value }',
  Unavailable: '{ reason }',
  TweetDelivery: '{ pushed }',
  UserConnection: '(first: 1) { edges { node { id } } }',
  TweetConnection: '(first: 1) { edges { node { id } } }',
};

function select({ name, type }: FieldDefinitionNode): string {
  let inner = type;
  while (inner.kind !== Kind.NAMED_TYPE) inner = inner.type;
  return `${name.value} ${BELOW[inner.name.value] ?? ''}`;
}

/** A selection of everything a tweet has, by the schema, so that no field is forgotten when one is added. */
export const WHOLE_TWEET = (await fieldsOfTweet()).map(select).join(' ');
