import { writeFile } from 'node:fs/promises';
import { HAPROXY_FILES, renderHaproxy } from './haproxy.ts';

// Renews the committed configurations of HAProxy.
for (const { file, plan } of HAPROXY_FILES) await writeFile(file, renderHaproxy(plan));
