import { Option, type Command } from 'commander';
import { SERVERS_FOLDER } from '@starling/stack/servers/servers-folder.ts';

/** Where the community is that a command works on: in a data folder, or on servers. */
export type Place = {
  data: string;
  /** Folder of the servers; undefined if it is in a data folder. */
  servers?: string;
  namespace: string;
  redisCluster: boolean;
};

/** Adds `--data` and `--servers`, which exclude each other. */
export function withPlace(command: Command): Command {
  return withServers(
    command.addOption(
      new Option('-d, --data <folder>', 'data folder of the community; nothing else may be running on it').default(
        '.starling',
      ),
    ),
  );
}

/** As `withPlace`, for what fills a community: nobody fills the default one by mistake. */
export function withNamedPlace(command: Command): Command {
  return withServers(command.addOption(new Option('-d, --data <folder>', 'data folder; created if missing'))).hook(
    'preAction',
    (_, action) => {
      const { data, servers } = action.opts<Partial<Place>>();
      if (data === undefined && servers === undefined)
        command.error("error: required option '-d, --data <folder>' not specified; or --servers");
    },
  );
}

function withServers(command: Command): Command {
  return command
    .addOption(
      new Option('--servers [folder]', 'on the processes that run on servers; without a folder those of this clone')
        .preset(SERVERS_FOLDER)
        .conflicts('data'),
    )
    .addOption(new Option('--namespace <name>', 'with --servers: of the installation').default('starling'))
    .addOption(new Option('--redis-cluster', 'with --servers: they are on the Redis Cluster').default(false));
}
