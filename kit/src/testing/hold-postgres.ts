import { startEmbeddedPostgres } from '../postgres/embedded-postgres.ts';

/** A process that holds the embedded Postgres of a folder until it is told to stop or is killed; says its URL in one line. */
const [dataDir = ''] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDir });
process.once('SIGINT', () => void postgres.stop().then(() => process.exit(0)));
process.stdout.write(`${postgres.url('postgres')}\n`);
setInterval(() => {}, 60_000);
