import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { Delivery } from './port.ts';
import { positionArgs, type ReachedPositions } from './reached-positions.ts';
import type { LostPart, TimelineRecovery } from './recovery-port.ts';
import { BELIEVE_LUA, CLAIM_LUA, REACH_LUA, RELEASE_LUA, SURVEY_LUA } from './redis-log-lua.ts';

export type RedisRecoveryDeps = {
  redis: RedisConnection;
  /** Hash tags: what one of them holds lies on one server. */
  parts: readonly string[];
  /** The hash tag of what is there once. */
  whole: string;
  reached: Pick<ReachedPositions, 'due'>;
  pushTo(deliveries: readonly Delivery[], isWanted: (part: string) => boolean): Promise<number[]>;
};

/** The state of a part is a hash; redis-log-lua.ts says what it holds. */
export function stateKey(part: string): string {
  return `${part}log`;
}

export function createRedisRecovery({ redis, parts, whole, reached, pushTo }: RedisRecoveryDeps): TimelineRecovery {
  const lease = `${whole}replaying`;
  const scripts = {
    reach: redis.defineScript(REACH_LUA),
    survey: redis.defineScript(SURVEY_LUA),
    believe: redis.defineScript(BELIEVE_LUA),
    claim: redis.defineScript(CLAIM_LUA),
    release: redis.defineScript(RELEASE_LUA),
  };
  async function tell(part: string): Promise<void> {
    const due = reached.due(part);
    if (due === null) return;
    await scripts.reach([stateKey(part)], due.args);
    due.told();
  }
  async function survey(name: string): Promise<LostPart | null> {
    const found = (await scripts.survey([stateKey(name)], [])) as [Buffer, Buffer[]] | null;
    if (found === null) return null;
    const [tenure, state] = found;
    return { name, tenure: String(tenure), positions: positionsIn(state.map(String)) };
  }
  return {
    async tellReached() {
      await answersOf(parts.map(tell));
    },
    lostParts: async () => (await answersOf(parts.map(survey))).filter((part) => part !== null),
    pushTo(lost, deliveries) {
      const names = new Set(lost.map(({ name }) => name));
      return pushTo(deliveries, (part) => names.has(part));
    },
    believe: async ({ name, tenure }, { positions, afresh }) =>
      (await scripts.believe([stateKey(name)], [tenure, afresh ? 1 : 0, ...positionArgs(positions)])) === 1,
    claim: async (holder, forMs) => (await scripts.claim([lease], [holder, forMs])) === 1,
    async release(holder) {
      await scripts.release([lease], [holder]);
    },
  };
}

/** Of those whose server is not away. */
async function answersOf<Answer>(asked: readonly Promise<Answer>[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const result of await Promise.allSettled(asked)) {
    if (result.status === 'fulfilled') answers.push(result.value);
    else if (!isUnavailable(result.reason)) throw result.reason;
  }
  return answers;
}

/** Of names and values in turn; other names are no positions. */
function positionsIn(state: readonly string[]): Map<string, bigint> {
  const positions = new Map<string, bigint>();
  for (let place = 0; place < state.length; place += 2) {
    const [field = '', value = ''] = state.slice(place, place + 2);
    if (field.includes(':')) positions.set(field, BigInt(value));
  }
  return positions;
}
