import type { Id } from '@starling/domain/ids.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import type { Ledger } from './ledger.ts';
import { HOME, PROFILE, SEARCH, type HomeEdge, type Page } from './operations.ts';
import { WORDS } from './post-tweets.ts';

const FIRST = 20;

/** A look at the own home timeline. What oneself has just done must show in it, whatever is broken. */
export async function readHome(crowd: Crowd, { id, client }: LoadPerson): Promise<void> {
  const { own, hidden } = expectations(crowd.ledger, id);
  const reply = await client.ask<{ page: Page<HomeEdge> }>(HOME, { first: FIRST });
  if (reply.outcome === 'failed') return;
  const { edges, pageInfo } = reply.data.page;
  const ids = new Set(edges.map(({ node }) => node.id));
  const oldest = edges.findLast(({ retweetedBy }) => retweetedBy === null)?.node.id ?? '';
  for (const tweetId of own) {
    if (!ids.has(tweetId) && (!pageInfo.hasNextPage || (oldest !== '' && tweetId > oldest)))
      crowd.tally.violated(`${id} does not see the own tweet ${tweetId}`);
  }
  for (const { node, retweetedBy } of edges) {
    const actorId = retweetedBy?.id ?? node.author?.id ?? '';
    if (hidden.has(node.id) || hidden.has(actorId) || hidden.has(`author ${node.author?.id}`))
      crowd.tally.violated(`${id} still sees ${node.id} by ${actorId}`);
  }
}

export async function readProfile({ people, random }: Crowd, { client }: LoadPerson): Promise<void> {
  await client.ask(PROFILE, { userId: random.pick(people).id, includeReplies: random.chance(0.5), first: FIRST });
}

export async function readSearch({ random }: Crowd, { client }: LoadPerson): Promise<void> {
  await client.ask(SEARCH, { query: random.pick(WORDS), first: FIRST });
}

/** What is certain when a read begins, as only the person can have changed it: own tweets, and what was sent away. */
function expectations(ledger: Ledger, viewerId: Id): { own: Id[]; hidden: Set<string> } {
  const own: Id[] = [];
  const hidden = new Set<string>();
  for (const { id, authorId, deletion } of ledger.tweets.values()) {
    if (authorId !== viewerId || !deletion.isCertain) continue;
    if (deletion.holds) hidden.add(id);
    else own.push(id);
  }
  for (const { kind, actorId, targetId, fact } of ledger.relations()) {
    if (actorId !== viewerId || !fact.isCertain || fact.isFrozen) continue;
    if (kind === 'block' && fact.holds) hidden.add(targetId).add(`author ${targetId}`);
    if (kind === 'follow' && !fact.holds) hidden.add(targetId);
  }
  return { own, hidden };
}
