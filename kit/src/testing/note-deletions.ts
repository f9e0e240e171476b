import type { Queryable } from '../postgres/pool.ts';

/** What statements have deleted from a table: the most of any one, and all together. */
export type Deletions = { name: string; most: number; all: number };

const NOTES = `
  CREATE TABLE deletion (name TEXT, count INT);
  CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO deletion SELECT TG_TABLE_NAME, count(*) FROM gone; RETURN NULL; END $$;`;

/** Notes from now on what is deleted from these tables. Answers what tells of it, by the tables' names. */
export async function noteDeletions(db: Queryable, tables: readonly string[]): Promise<() => Promise<Deletions[]>> {
  await db.query(NOTES);
  for (const table of tables)
    await db.query(`CREATE TRIGGER note_deletion AFTER DELETE ON ${table} REFERENCING OLD TABLE AS gone
                    FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()`);
  return async () => {
    const { rows } = await db.query<Deletions>(
      `SELECT name, max(count) AS most, sum(count)::int AS "all" FROM deletion WHERE count > 0 GROUP BY name ORDER BY name`,
    );
    return rows;
  };
}
