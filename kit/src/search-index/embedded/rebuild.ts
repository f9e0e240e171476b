import { idOfWrite, newestWrites } from '../newest-writes.ts';
import type { RebuildSource } from '../port.ts';
import { emptyWhere, upsert, type WriteTarget } from './write.ts';

/**
 * Writes everything once more in place, also under the version it has. What was not written since the beginning, by this or by anybody,
 * the source does not have: it goes in the end.
 */
export async function rebuildTables(target: WriteTarget, source: RebuildSource): Promise<void> {
  const { pool, tables } = target;
  const { rows } = await pool.query<{ began: string }>('SELECT clock_timestamp()::text AS began');
  const began = rows[0]?.began;
  const touch = `UPDATE ${tables.documents} SET written_at = clock_timestamp() WHERE id = ANY($1::bigint[]) AND written_at < $2`;
  for await (const batch of source) {
    const { newest } = newestWrites(batch);
    if (newest.length === 0) continue;
    await upsert(target, newest, { replaces: '<=' });
    await pool.query(touch, [newest.map(idOfWrite), began]);
  }
  await emptyWhere(target, 'written_at < $1', [began]);
}
