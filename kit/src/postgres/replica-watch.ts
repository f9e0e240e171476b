import type { Logger } from '../logger.ts';
import { createLagMeter, type LagMeter } from './lag-meter.ts';
import { parseLsn, type Lsn } from './lsn.ts';
import type { Queryable } from './pool.ts';

/** What is known of a replica. */
export type ReplicaWatch = {
  /** Whether it may be read now by whoever must see `position`; without one, by whoever takes what is a little old. */
  mayRead(position: Lsn | null): boolean;
  /** Nobody reads it until it has been asked again. */
  distrust(error: unknown): void;
  /** At most so old is what it shows; null if that is not known. For metrics. */
  lagMs(): number | null;
  stop(): Promise<void>;
};

export type WatchOptions = {
  /** For logs. */
  name: string;
  primary: Queryable;
  replica: Queryable;
  maxLagMs: number;
  pollMs: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
};

/** Asks a primary and its replica again and again how far they are. */
export function watchReplica(options: WatchOptions): ReplicaWatch {
  const { name, maxLagMs, pollMs, logger, now = () => performance.now() } = options;
  const meter = createLagMeter(now);
  let isUsed = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const isFresh = () => (meter.lagMs() ?? Infinity) <= maxLagMs;

  function tellUse(error?: unknown): void {
    if (isFresh() === isUsed) return;
    isUsed = isFresh();
    const facts = { database: name, ...(error === undefined ? {} : { error }) };
    if (isUsed) logger.info(facts, 'The replica is read');
    else logger.warn(facts, 'The replica is not read: it is away or lags');
  }

  async function run(): Promise<void> {
    await look(options, meter, now).then(
      () => tellUse(),
      (error: unknown) => tellUse(error),
    );
    if (!isStopped) timer = setTimeout(() => (running = run()), pollMs).unref();
  }
  let running = run();

  return {
    mayRead: (position) => isFresh() && (position === null || meter.hasReached(position)),
    distrust(error) {
      meter.reset();
      tellUse(error);
    },
    lagMs: meter.lagMs,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function look({ primary, replica }: WatchOptions, meter: LagMeter, now: () => number): Promise<void> {
  const askedAt = now();
  const [ahead, behind] = await Promise.all([placeOf(primary), placeOf(replica)]);
  if (ahead.database !== behind.database || !behind.isStandby) {
    meter.reset();
    throw new Error('What is configured as the replica is a copy of another database, or a copy no more');
  }
  meter.note(askedAt, { primary: ahead.position, replica: behind.position });
}

type Place = { position: Lsn; isStandby: boolean; database: string };

const WHERE = `
  SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS position,
    pg_is_in_recovery() AS "isStandby",
    (SELECT system_identifier FROM pg_control_system()) || ' ' || current_database() AS database`;

async function placeOf(db: Queryable): Promise<Place> {
  const { rows } = await db.query<Omit<Place, 'position'> & { position: string | null }>({
    name: 'replica-where',
    text: WHERE,
  });
  const [row] = rows;
  const position = parseLsn(row?.position ?? '');
  if (row === undefined || position === null) throw new Error('It does not say how far it is');
  return { ...row, position };
}
