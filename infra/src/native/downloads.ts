import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { MAVEN_ARTIFACTS, VERSIONS } from '../engines.ts';
import { ServersError } from '../servers-error.ts';
import { runProgram } from './run-program.ts';

/** Files by name, with their size in bytes and SHA-256 in hexadecimal. */
export type Digests = Readonly<Record<string, { size: number; sha256: string }>>;

/** Hears how many bytes of how many are here. */
export type OnBytes = (what: string, done: number, total: number) => void;

const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const DIGESTS_FILE = new URL('../../maven-digests.json', import.meta.url);

const digestsFile = z.object({
  kafka: z.record(z.string(), z.object({ size: z.number(), sha256: z.string() })),
  elasticsearch: z.record(z.string(), z.object({ size: z.number(), sha256: z.string() })),
});

export async function readDigests(): Promise<z.infer<typeof digestsFile>> {
  return digestsFile.parse(JSON.parse(await readFile(DIGESTS_FILE, 'utf8')));
}

/** The folder of Kafka's jars, fetched if it is not there yet. */
export function fetchKafka(downloads: string, onBytes: OnBytes): Promise<string> {
  return once(join(downloads, `kafka-${VERSIONS.kafka}`), async (draft) => {
    await writeFile(join(draft, 'pom.xml'), kafkaPom());
    const jars = join(draft, 'libs');
    const { kafka } = await readDigests();
    await watchBytes('Kafka', downloads, kafka, onBytes, () =>
      runMaven(downloads, draft, ['copy-dependencies', `-DoutputDirectory=${jars}`]),
    );
    await checkDigests(jars, kafka);
  });
}

/** Elasticsearch's home folder, fetched and unpacked if it is not there yet. */
export function fetchElasticsearch(downloads: string, onBytes: OnBytes): Promise<string> {
  const name = `elasticsearch-${VERSIONS.elasticsearch}`;
  return once(join(downloads, name), async (draft) => {
    const archives = join(draft, 'archive');
    const { elasticsearch } = await readDigests();
    await watchBytes('Elasticsearch', downloads, elasticsearch, onBytes, () =>
      runMaven(downloads, draft, [
        'copy',
        `-Dartifact=${MAVEN_ARTIFACTS.elasticsearch}`,
        `-DoutputDirectory=${archives}`,
      ]),
    );
    await checkDigests(archives, elasticsearch);
    await runProgram('unzip', ['-q', join(archives, `${name}.zip`), '-d', draft]);
    await rm(archives, { recursive: true });
  }).then((folder) => join(folder, name));
}

/** Refuses a folder whose files are not exactly those that are expected. */
export async function checkDigests(folder: string, expected: Digests): Promise<void> {
  const present = await readdir(folder);
  const strange = present.filter((name) => !(name in expected));
  const missing = Object.keys(expected).filter((name) => !present.includes(name));
  const wrong: string[] = [];
  for (const name of present) {
    const pinned = expected[name]?.sha256;
    if (pinned !== undefined && (await digestOf(join(folder, name))) !== pinned) wrong.push(name);
  }
  const complaints = [
    ...wrong.map((name) => `${name} is not the file whose SHA-256 is pinned`),
    ...strange.map((name) => `${name} is not expected`),
    ...missing.map((name) => `${name} is missing`),
  ];
  if (complaints.length > 0)
    throw new ServersError(`What Maven brought is refused: ${complaints.join('; ')}. Nothing of it was kept.`);
}

/** Fills a folder aside and renames it at the end, so that a half-filled one is never taken for whole. */
async function once(folder: string, fill: (draft: string) => Promise<void>): Promise<string> {
  if (await isThere(folder)) return folder;
  const draft = `${folder}.draft-${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (error) {
    // Another starter was faster: what it fetched serves as well.
    if (!(await isThere(folder))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function runMaven(downloads: string, cwd: string, [goal = '', ...flags]: readonly string[]): Promise<void> {
  const repository = `-Dmaven.repo.local=${repositoryIn(downloads)}`;
  try {
    await runProgram('mvn', ['-B', '-q', repository, `${DEPENDENCY_PLUGIN}:${goal}`, ...flags], { cwd });
  } catch (cause) {
    const lines = (cause as Error).message.split('\n').filter((line) => line.includes('[ERROR]'));
    throw new ServersError(`Maven could not fetch it: ${lines.slice(0, 3).join('\n') || (cause as Error).message}`, {
      cause,
    });
  }
}

/** Maven tells nothing a machine can read while it works; what has arrived is seen in its own repository. */
async function watchBytes(
  what: string,
  downloads: string,
  expected: Digests,
  onBytes: OnBytes,
  fetch: () => Promise<void>,
): Promise<void> {
  const total = Object.values(expected).reduce((sum, { size }) => sum + size, 0);
  const repository = repositoryIn(downloads);
  const before = await bytesIn(repository);
  const look = async () => onBytes(what, Math.min((await bytesIn(repository)) - before, total), total);
  onBytes(what, 0, total);
  const timer = setInterval(() => void look(), 250);
  try {
    await fetch();
    onBytes(what, total, total);
  } finally {
    clearInterval(timer);
  }
}

function repositoryIn(downloads: string): string {
  return join(downloads, 'maven');
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => null)));
  return sizes.reduce((sum, entry) => sum + (entry?.isFile() === true ? entry.size : 0), 0);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function kafkaPom(): string {
  const dependencies = MAVEN_ARTIFACTS.kafka.map(
    ({ groupId, artifactId, version }) =>
      `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`,
  );
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '<modelVersion>4.0.0</modelVersion>',
    '<groupId>starling</groupId><artifactId>servers</artifactId><version>1</version>',
    `<dependencies>${dependencies.join('')}</dependencies>`,
    '</project>',
    '',
  ].join('\n');
}
