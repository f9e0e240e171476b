import { Cluster } from 'ioredis';
import type { Logger } from '../logger.ts';
import { pauseAfter } from '../resilience/backoff.ts';
import { withRedisAway } from './redis-errors.ts';
import { serverOf } from './redis-gates.ts';
import { openLink, type Link, type LinkDeps } from './redis-link.ts';

export type SubscriberEvents = {
  onMessage(channel: string, payload: string): void;
  /** Messages of these channels may have been lost; their subscriptions stand again now. */
  onGap(channels: readonly string[]): void;
};

/**
 * Sharded subscriptions of one process, on one link to each server that holds a channel somebody listens to. What breaks is
 * subscribed to anew until it stands, wherever the channel lies by then.
 */
export type RedisSubscriber = {
  /** Resolves once all stand. Throws StarlingError UNAVAILABLE if they cannot; then none of the new ones is kept. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): void;
  close(): void;
};

export type SubscriberDeps = LinkDeps & { logger: Pick<Logger, 'warn'>; events: SubscriberEvents };

/** The server that carries a channel's subscription, or why none does. */
type Carrier = { server: string } | 'starting' | 'lost';

type State = SubscriberDeps & {
  carriers: Map<string, Carrier>;
  links: Map<string, Link>;
  repair: NodeJS.Timeout | null;
  failures: number;
  isClosed: boolean;
};

const CHECK_MS = 5_000;
const REPAIR = { first: 50, longest: 1_000 };

export function createSubscriber(deps: SubscriberDeps): RedisSubscriber {
  const state: State = { ...deps, carriers: new Map(), links: new Map(), repair: null, failures: 0, isClosed: false };
  const { carriers, links } = state;
  const check = setInterval(() => findTrouble(state), CHECK_MS).unref();
  return {
    async subscribe(channels) {
      const added = channels.filter((channel) => !carriers.has(channel));
      for (const channel of added) carriers.set(channel, 'starting');
      try {
        await carry(state, added);
      } catch (error) {
        for (const channel of added) carriers.delete(channel);
        throw withRedisAway(error);
      }
    },
    unsubscribe(channels) {
      const servers = Map.groupBy(channels, (channel) => serverIn(carriers.get(channel)));
      for (const channel of channels) carriers.delete(channel);
      for (const [server, mine] of servers) if (server !== null) links.get(server)?.unsubscribe(mine);
    },
    close() {
      state.isClosed = true;
      clearInterval(check);
      if (state.repair !== null) clearTimeout(state.repair);
      carriers.clear();
      for (const link of links.values()) link.close();
      links.clear();
    },
  };
}

/** Sends subscriptions to where their channels lie, and notes which stand. */
async function carry(state: State, channels: readonly string[]): Promise<void> {
  const servers = Map.groupBy(channels, (channel) => serverOf(state.client, channel));
  const results = await Promise.allSettled(
    Array.from(servers, async ([server, mine]) => {
      const link = linkTo(state, server);
      await link.ready;
      await link.subscribe(mine);
      const left = mine.filter((channel) => !state.carriers.has(channel));
      if (left.length > 0) link.unsubscribe(left);
      if (state.links.get(server) !== link) throw new Error('Connection is closed.');
      for (const channel of mine) if (state.carriers.has(channel)) state.carriers.set(channel, { server });
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function linkTo(state: State, server: string): Link {
  const held = state.links.get(server);
  if (held) return held;
  const link = openLink(state, server, {
    onMessage(channel, payload) {
      if (serverIn(state.carriers.get(channel)) === server) state.events.onMessage(channel, payload);
    },
    onLost: () => lose(state, server, link),
    onMoved: () => distrust(state, server),
  });
  state.links.set(server, link);
  return link;
}

function lose(state: State, server: string, link: Link): void {
  if (state.links.get(server) !== link) return;
  state.links.delete(server);
  link.close();
  distrust(state, server);
}

function distrust(state: State, server: string): void {
  for (const [channel, carrier] of state.carriers)
    if (serverIn(carrier) === server) state.carriers.set(channel, 'lost');
  repairIfNeeded(state);
}

/** Dead connections that say nothing, and slots that have moved. */
function findTrouble(state: State): void {
  for (const [server, link] of state.links) link.ping().catch(() => lose(state, server, link));
  for (const [channel, carrier] of state.carriers) {
    const server = serverIn(carrier);
    if (server !== null && server !== serverOf(state.client, channel)) state.carriers.set(channel, 'lost');
  }
  repairIfNeeded(state);
}

function repairIfNeeded(state: State): void {
  if (state.repair !== null || state.isClosed || lostIn(state).length === 0) return;
  state.repair = setTimeout(() => void repair(state), pauseAfter(state.failures, REPAIR)).unref();
}

async function repair(state: State): Promise<void> {
  const { client, carriers, events, logger } = state;
  const lost = lostIn(state);
  try {
    if (client instanceof Cluster) await new Promise<void>((resolve) => client.refreshSlotsCache(() => resolve()));
    await carry(state, lost);
    state.failures = 0;
  } catch (error) {
    state.failures += 1;
    if (state.failures === 1) logger.warn({ error, channels: lost.length }, 'Subscriptions are lost; trying anew');
  }
  if (state.isClosed) return;
  state.repair = null;
  const standing = lost.filter((channel) => serverIn(carriers.get(channel)) !== null);
  if (standing.length > 0) events.onGap(standing);
  repairIfNeeded(state);
}

function lostIn({ carriers }: State): string[] {
  return [...carriers].flatMap(([channel, carrier]) => (carrier === 'lost' ? channel : []));
}

function serverIn(carrier: Carrier | undefined): string | null {
  return typeof carrier === 'object' ? carrier.server : null;
}
