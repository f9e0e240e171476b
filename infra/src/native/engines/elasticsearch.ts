import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkElasticsearch } from '../../health/elasticsearch.ts';
import { ownTree } from '../account.ts';
import { fetchElasticsearch } from '../downloads.ts';
import type { Engine, Installation } from '../installation.ts';
import type { Folders, Instance } from '../instance.ts';
import { findJava } from '../java.ts';
import { requireTool } from '../prerequisites.ts';
import { runProgram } from '../run-program.ts';

/** One node, with a password, as users run it. */
export function elasticsearchEngine(installation: Installation): Engine {
  const { ports, secrets, downloads, onBytes } = installation;
  const instance: Instance = {
    name: 'elasticsearch',
    port: ports.elasticsearch,
    stopSignal: 'SIGTERM',
    check: () => checkElasticsearch(`http://127.0.0.1:${ports.elasticsearch}`, secrets.elasticsearch),
    async prepare(folders) {
      const home = await fetchElasticsearch(downloads, onBytes);
      const config = join(folders.folder, 'config');
      const env = {
        PATH: '/usr/bin:/bin',
        LANG: 'C.UTF-8',
        ES_JAVA_HOME: await findJava('elasticsearch'),
        ES_PATH_CONF: config,
        ES_TMPDIR: join(folders.folder, 'tmp'),
        // For its tools, and for the launcher, which stays beside the server.
        CLI_JAVA_OPTS: '-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1',
      };
      await writeConfig(installation, home, config, folders);
      await writeKeystore(home, env, folders, secrets.elasticsearch);
      return { command: [join(home, 'bin/elasticsearch')], env };
    },
  };
  return {
    name: 'elasticsearch',
    prerequisites: [
      () => findJava('elasticsearch'),
      () => requireTool('mvn', 'maven'),
      () => requireTool('unzip', 'unzip'),
    ],
    instances: [instance],
    up: (ensure) => ensure(instance),
    check: instance.check,
  };
}

/** Anew at every start, so that nothing of a start that was cut off is left. */
async function writeConfig(installation: Installation, home: string, config: string, folders: Folders): Promise<void> {
  const { folder, data, account } = folders;
  const temporary = join(folder, 'tmp');
  await rm(config, { recursive: true, force: true });
  await cp(join(home, 'config'), config, { recursive: true });
  await mkdir(temporary, { recursive: true });
  await writeFile(join(config, 'elasticsearch.yml'), settings(installation, data, folder));
  await writeFile(join(config, 'jvm.options'), JVM_OPTIONS);
  await Promise.all([config, temporary].map((tree) => ownTree(account, tree)));
}

async function writeKeystore(
  home: string,
  env: NodeJS.ProcessEnv,
  { account }: Folders,
  password: string,
): Promise<void> {
  const keystore = join(home, 'bin/elasticsearch-keystore');
  await runProgram(keystore, ['create'], { account, env });
  await runProgram(keystore, ['add', '-x', 'bootstrap.password'], { account, env, input: password });
}

function settings({ ports }: Installation, data: string, folder: string): string {
  const values = {
    'cluster.name': 'starling',
    'node.name': 'elasticsearch-1',
    'path.data': data,
    'path.logs': join(folder, 'logs'),
    'network.host': '127.0.0.1',
    'http.port': ports.elasticsearch,
    'transport.port': ports.elasticsearchTransport,
    'discovery.type': 'single-node',
    'xpack.security.enabled': true,
    'xpack.security.http.ssl.enabled': false,
    'xpack.security.transport.ssl.enabled': false,
    // The defaults suit disks of servers: on a developer's it would stop writing with plenty of room left.
    'cluster.routing.allocation.disk.watermark.low': '1gb',
    'cluster.routing.allocation.disk.watermark.high': '500mb',
    'cluster.routing.allocation.disk.watermark.flood_stage': '100mb',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const JVM_OPTIONS = [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  // Its own: what may be written for a moment must not have the configuration in it.
  '-Djava.io.tmpdir=${ES_TMPDIR}',
  '',
].join('\n');
