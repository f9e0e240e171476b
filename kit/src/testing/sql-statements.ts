import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SQL_CHANNEL, type SqlStatement } from '../postgres/watch-statements.ts';

/** What relays, consumers, leases and upkeep ask on their own, whoever reads meanwhile. */
const BACKGROUND = /\boutbox\b|\blog_\w+|id_node_lease|pg_try_advisory_lock|signing_key|^NOTIFY\b/;

/** The statements that reading something costs in this process, as `pool: text`. */
export async function statementsOf(read: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const note = (message: unknown) => {
    const { pool, text } = message as SqlStatement;
    if (!BACKGROUND.test(text)) statements.push(`${pool}: ${text.replace(/\s+/g, ' ').trim()}`);
  };
  subscribe(SQL_CHANNEL, note);
  try {
    await read();
  } finally {
    unsubscribe(SQL_CHANNEL, note);
  }
  return statements;
}
