import { createServer } from 'node:http';

/** Is ready at once; ends as its environment says: at SIGTERM, or before it is ready and with a word. */
const { LAST_WORD, STARLING_HTTP_PORT } = process.env;
if (LAST_WORD) {
  process.stderr.write(`${LAST_WORD}\n`);
  process.exit(1);
}
createServer((_request, response) => response.end()).listen(Number(STARLING_HTTP_PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
