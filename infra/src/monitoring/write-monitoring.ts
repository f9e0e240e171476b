import { writeFile } from 'node:fs/promises';
import { DASHBOARD_FILE, renderDashboard } from './dashboard.ts';
import { renderScrapes, SCRAPE_FILES } from './scrape.ts';

// Renews the committed dashboard and the lists of what Prometheus asks.
await writeFile(DASHBOARD_FILE, renderDashboard());
for (const { file, jobs } of SCRAPE_FILES) await writeFile(file, renderScrapes(jobs()));
