import { randomUUID } from 'node:crypto';
import { sharesOfNotice, type FameInterval } from '@starling/domain/fame.ts';
import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import { NOBODY_FAMOUS, type Fame } from './fame.ts';

type NewsListener = (userIds: ReadonlySet<Id>) => void;

/** What this process knows of fame, and how well. */
export type FameView = {
  /** Fresh enough for whoever writes: throws StarlingError UNAVAILABLE if graph cannot be asked. */
  current(): Promise<Fame>;
  /**
   * As `current`; while graph cannot be asked, what was known, for a while longer. That is enough for whoever reads: nothing is brought
   * to any timeline then, so that a reader misses only what is still under way. Throws UNAVAILABLE once others may act on a change
   * that was not heard of here: a list that is built by older knowledge could lack an author for good whose fame has ended since.
   */
  known(): Promise<Fame>;
  /** Tells of people of whom something was announced, and of nobody each time that nothing was. Returns what ends it. */
  onNews(listener: NewsListener): () => void;
  /** Asks for news if it is time and somebody wants to be told: for installations where nobody reads. */
  tell(): Promise<void>;
};

/** For an installation that knows one way for all entries. There is never news; listeners are told so, for what they have to make up for. */
export function createNoFame(): FameView {
  const listeners = new Set<NewsListener>();
  return {
    current: async () => NOBODY_FAMOUS,
    known: async () => NOBODY_FAMOUS,
    onNews: (listener) => addTo(listeners, listener),
    async tell() {
      for (const listener of listeners) listener(NOBODY);
    },
  };
}

const NOBODY: ReadonlySet<Id> = new Set();

export type FameViewDeps = {
  graph: Pick<Graph<CallContext>, 'streamFame'>;
  logger: Pick<Logger, 'warn'>;
  /** Tells how old knowledge is: a clock that is set back would make it young again. */
  monotonicNow?: (() => number) | undefined;
};

const ASK_MS = 2_000;

/**
 * Asks graph for what was announced since it last asked, when somebody wants to know and it was asked too long ago. From
 * half of that time on it asks ahead, so that hardly anybody waits.
 */
export function createFameView({ graph, logger, monotonicNow = () => performance.now() }: FameViewDeps): FameView {
  const knowledge = createKnowledge();
  const listeners = new Set<NewsListener>();
  /** Of whom listeners have not heard yet: an answer that breaks off has taught something already. */
  const untold = new Set<Id>();
  let since = 0n;
  let askedAt = -Infinity;
  let freshForMs = 0;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const startedAt = monotonicNow();
    let next = { since, freshForMs };
    const call = systemCall(`fame-${randomUUID()}`, { timeoutMs: ASK_MS });
    for await (const page of graph.streamFame(call, { sinceMs: since })) {
      for (const { userId, beginsMs, endsMs } of page.intervals) {
        const interval = { beginsAt: Number(beginsMs), endsAt: endsMs === 0n ? Infinity : Number(endsMs) };
        if (knowledge.learn(userId, interval)) untold.add(userId);
      }
      // Should it break off, it is not asked for again from its beginning: all that there ever was may take more time than one has.
      if (page.resumeSinceMs > since) since = page.resumeSinceMs;
      next = { since: page.nextSinceMs, freshForMs: page.freshForMs };
    }
    ({ since, freshForMs } = next);
    askedAt = startedAt;
    const news = new Set(untold);
    untold.clear();
    for (const listener of listeners) listener(news);
  }
  const askOnce = () =>
    (asking ??= ask()
      .catch(asAway)
      .finally(() => void (asking = undefined)));
  const askAhead = () =>
    asking ??
    askOnce().catch((error: unknown) => logger.warn({ err: error }, 'who is famous could not be asked ahead'));

  const age = () => monotonicNow() - askedAt;
  const mayLast = () => age() < sharesOfNotice(2 * freshForMs).atMostForMs;

  async function current(): Promise<Fame> {
    if (age() >= freshForMs) await askOnce();
    else if (age() >= freshForMs / 2) void askAhead();
    return knowledge;
  }
  return {
    current,
    known: () =>
      current().catch((error: unknown) => {
        if (!isUnavailable(error) || !mayLast()) throw error;
        logger.warn({ err: error }, 'timelines are read by what was known of fame');
        return knowledge;
      }),
    onNews: (listener) => addTo(listeners, listener),
    async tell() {
      if (listeners.size > 0) await current();
    },
  };
}

/** Who does not answer in time cannot be asked: it is the time given here that was too short, not the caller's. */
function asAway(error: unknown): never {
  if (!(error instanceof StarlingError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
  throw new StarlingError('UNAVAILABLE', 'Graph does not tell in time who is famous', {}, { cause: error });
}

function addTo(listeners: Set<NewsListener>, listener: NewsListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Only grows: an interval gets an end once, and nothing else changes. */
function createKnowledge() {
  const intervals = new Map<Id, FameInterval[]>();
  return {
    intervalsOf: (userId: Id): readonly FameInterval[] => intervals.get(userId) ?? [],
    /** Whether it was not known. */
    learn(userId: Id, interval: FameInterval): boolean {
      const known = intervals.get(userId) ?? [];
      const same = known.find(({ beginsAt }) => beginsAt === interval.beginsAt);
      if (same && same.endsAt <= interval.endsAt) return false;
      intervals.set(userId, [...known.filter((each) => each !== same), interval]);
      return true;
    },
  };
}
