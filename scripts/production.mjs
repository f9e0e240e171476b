// Preloaded by `npm start` and the `starling` command, before any library reads its environment.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

process.env.NODE_ENV ??= 'production';
process.env.APOLLO_TELEMETRY_DISABLED ??= '1';
// Some two thousand modules are compiled, and types stripped, once only.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/starling/compiled', import.meta.url)));
