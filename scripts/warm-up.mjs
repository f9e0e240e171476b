// Loads what `npm start` loads, so that all of it is in the compile cache and the first start is as quick as the next.
import '../stack/src/banner.ts';
import '../stack/src/config.ts';
import '../stack/src/run-embedded.ts';
import '../stack/src/start-stack.ts';

process.exit();
