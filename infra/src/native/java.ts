import { readFile, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { JAVA_AT_LEAST } from '../engines.ts';
import { ServersError } from '../servers-error.ts';

const FOLDERS = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt'];

type Java = { home: string; major: number };

/** The home of the lowest Java that will do. Looks where JAVA_HOME and PATH point, and where Debian and others put them. */
export async function findJava(engine: keyof typeof JAVA_AT_LEAST): Promise<string> {
  const atLeast = JAVA_AT_LEAST[engine];
  const fitting = (await findJavas()).filter(({ major }) => major >= atLeast).sort((a, b) => a.major - b.major);
  if (fitting[0] !== undefined) return fitting[0].home;
  const command =
    atLeast <= 17
      ? 'apt-get install openjdk-17-jre-headless'
      : `apt-get install temurin-${atLeast}-jre   (from packages.adoptium.net; Debian 13 and later have openjdk-${atLeast}-jre-headless)`;
  throw new ServersError(
    `${engine === 'kafka' ? 'Kafka' : 'Elasticsearch'} needs Java ${atLeast} or newer, and none is installed. Install it by: ${command}`,
  );
}

async function findJavas(): Promise<Java[]> {
  const listed = await Promise.all(
    FOLDERS.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  const inPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'java'));
  const fromPath = await Promise.all(
    inPath.map((file) =>
      realpath(file)
        .then((real) => dirname(dirname(real)))
        .catch(() => null),
    ),
  );
  const homes = [process.env.ES_JAVA_HOME, process.env.JAVA_HOME, ...fromPath, ...listed.flat()];
  const javas = await Promise.all(
    [...new Set(homes)].filter((home) => home !== undefined && home !== null).map(readJava),
  );
  return javas.filter((java) => java !== null);
}

/** Every Java since 9 tells its version in a file. */
async function readJava(home: string): Promise<Java | null> {
  const release = await readFile(join(home, 'release'), 'utf8').catch(() => '');
  const major = /^JAVA_VERSION="(\d+)/m.exec(release)?.[1];
  return major === undefined ? null : { home, major: Number(major) };
}
