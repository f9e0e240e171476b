import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../logger.ts';
import { pauseAfter as backOff } from '../../resilience/backoff.ts';
import type { Subscription } from '../port.ts';
import { type ReceptionDeps, createReception } from './reception.ts';
import type { Session, SessionHooks } from './session.ts';

export type MemberDeps = Omit<ReceptionDeps, 'onReady'> & {
  openSession(hooks: SessionHooks): Session;
  /** True if to try again for however long is the right answer. */
  isAway(error: unknown): boolean;
  /** Milliseconds before the next session, after so many short ones. Default: longer and longer, up to ten seconds. */
  pauseAfter?: (lives: number) => number;
  logger: Pick<Logger, 'warn' | 'error'>;
};

export type Member = Subscription & {
  /** Resolves when it has been given partitions for the first time. Rejects if it dies before. */
  joined: Promise<void>;
};

const BACKOFF = { first: 100, longest: 10_000 };
/** Lives shorter than a minute, one after the other, that ended for another reason than that Kafka is away. */
const MAX_SHORT_LIVES = 6;
const SHORT_LIFE_MS = 60_000;
const STOP_PATIENCE_MS = 25_000;

/** A member of a group through any number of sessions: whatever breaks one, the next begins after a pause. */
export function createMember(deps: MemberDeps): Member {
  const { logger, options, pauseAfter = (lives: number) => backOff(lives - 1, BACKOFF) } = deps;
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const joined = Promise.withResolvers<void>();
  joined.promise.catch(() => undefined);
  const reception = createReception({ ...deps, onReady: joined.resolve });
  let isDead = false;

  /** Resolves with what broke the session; with null if it was stopped. */
  async function liveOnce(): Promise<{ error: unknown } | null> {
    const session = deps.openSession(reception.hooks);
    reception.attend(session);
    const outcome = await Promise.race([session.ended.then((error) => ({ error })), stopped.promise.then(() => null)]);
    reception.end();
    await session.stop();
    return outcome;
  }

  async function live(): Promise<void> {
    let lives = 0;
    let shortLives = 0;
    while (!stopping.signal.aborted) {
      const began = performance.now();
      const outcome = await liveOnce();
      if (outcome === null || stopping.signal.aborted) return;
      const { error } = outcome;
      const isShort = performance.now() - began < SHORT_LIFE_MS;
      lives = isShort ? lives + 1 : 1;
      shortLives = isShort && !deps.isAway(error) ? shortLives + 1 : 0;
      if (shortLives >= MAX_SHORT_LIVES) return die(error);
      const inMs = pauseAfter(lives);
      logger.warn({ error, group: options.group, inMs }, 'A consumer broke; it starts again');
      await delay(inMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  function die(error: unknown): void {
    isDead = true;
    logger.error({ error, group: options.group }, 'A consumer has died: it broke again and again');
    joined.reject(error);
  }

  const living = live();
  return {
    joined: joined.promise,
    isAlive: () => !isDead && !stopping.signal.aborted,
    async stop() {
      stopping.abort();
      await reception.close(STOP_PATIENCE_MS);
      stopped.resolve();
      await living;
      joined.reject(new Error('The consumer was stopped before it had joined'));
    },
  };
}
