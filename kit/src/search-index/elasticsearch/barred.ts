import type { Connection } from './elasticsearch-connection.ts';
import { missingShard } from './missing-shard.ts';
import type { IndexNames } from './names.ts';
import { barId } from './notation.ts';

/** Which of some keywords are barred, as of one moment. */
export type Barred = { entries: ReadonlySet<string>; /** Grows with every bar. */ epoch: number };

export type BarRegister = {
  bar(field: string, keyword: string, entry: string): Promise<void>;
  read(entries: readonly string[]): Promise<Barred>;
  epoch(): Promise<number>;
};

const TIMEOUT_MS = 10_000;
/** Every bar writes it anew after its own document, so its version counts them. Other names are digests. */
const EPOCH = 'epoch';

type Found = { docs: { found?: boolean; _version?: number; error?: { reason: string } }[] };

/** Reads by id, which see what was written a moment ago without a refresh. */
export function barRegister(connection: Connection, { barred }: IndexNames): BarRegister {
  const read: BarRegister['read'] = async (entries) => {
    // One shard reads in this order, so an epoch is never younger than the keywords read with it.
    const body = { ids: [EPOCH, ...entries.map(barId)] };
    const request = { method: 'POST', path: `/${barred}/_mget`, body, query: { _source: false } } as const;
    const { docs } = await connection.request<Found>({ ...request, timeoutMs: TIMEOUT_MS });
    const failed = docs.find(({ error }) => error !== undefined);
    if (failed?.error) throw await missingShard(connection, `${barred}: ${failed.error.reason}`);
    const [epoch, ...rest] = docs;
    return {
      entries: new Set(entries.filter((_, at) => rest[at]?.found)),
      epoch: epoch?.found ? (epoch._version ?? 0) : 0,
    };
  };
  const put = (id: string, body: object) =>
    connection.request({ method: 'PUT', path: `/${barred}/_doc/${id}`, body, timeoutMs: TIMEOUT_MS });
  return {
    read,
    epoch: async () => (await read([])).epoch,
    async bar(field, keyword, entry) {
      // Finds out whether the index is there, so that it is asked for if it is not.
      await read([]);
      await put(barId(entry), { field, keyword });
      await put(EPOCH, {});
    },
  };
}
