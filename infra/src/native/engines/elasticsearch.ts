import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkElasticsearch } from '../../health/elasticsearch.ts';
import { ownTree } from '../account.ts';
import { fetchElasticsearch } from '../downloads.ts';
import type { Instance } from '../instance.ts';
import { type Engine, type Installation, ensureRunning, prepareFolders } from '../installation.ts';
import { findJava } from '../java.ts';
import { runProgram } from '../run-program.ts';

/** One node, with a password, as users run it. */
export async function createElasticsearch(installation: Installation): Promise<Engine> {
  const { ports, secrets, downloads, onBytes, account } = installation;
  const java = await findJava('elasticsearch');
  const home = await fetchElasticsearch(downloads, onBytes);
  const { folder, data } = await prepareFolders(installation, 'elasticsearch');
  const [config, temporary] = [join(folder, 'config'), join(folder, 'tmp')];
  const env = {
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ES_JAVA_HOME: java,
    ES_PATH_CONF: config,
    ES_TMPDIR: temporary,
    // For its command line tools and the launcher, which stays beside the server.
    CLI_JAVA_OPTS: '-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1',
  };
  const check = () => checkElasticsearch(`http://127.0.0.1:${ports.elasticsearch}`, secrets.elasticsearch);
  const instance: Instance = {
    name: 'elasticsearch',
    folder,
    command: [join(home, 'bin/elasticsearch')],
    env,
    account,
    stopSignal: 'SIGTERM',
    check,
  };
  const prepare = async () => {
    await rm(config, { recursive: true, force: true });
    await cp(join(home, 'config'), config, { recursive: true });
    await mkdir(temporary, { recursive: true });
    const files = [join(config, 'elasticsearch.yml'), join(config, 'jvm.options')] as const;
    await writeFile(files[0], settings(installation, data, folder));
    await writeFile(files[1], JVM_OPTIONS);
    await Promise.all([config, temporary].map((tree) => ownTree(account, tree)));
    const keystore = join(home, 'bin/elasticsearch-keystore');
    await runProgram(keystore, ['create'], { account, env });
    await runProgram(keystore, ['add', '-x', 'bootstrap.password'], { account, env, input: secrets.elasticsearch });
  };
  return { instances: [instance], check, up: () => ensureRunning(instance, prepare) };
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
    // Made for disks of servers: on a developer's it would stop writing with plenty of room left.
    'cluster.routing.allocation.disk.watermark.low': '1gb',
    'cluster.routing.allocation.disk.watermark.high': '500mb',
    'cluster.routing.allocation.disk.watermark.flood_stage': '100mb',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const JVM_OPTIONS = ['-Xms512m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ''].join('\n');
