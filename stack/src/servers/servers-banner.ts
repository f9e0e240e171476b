import { renderBanner } from '../banner.ts';

export type ServersBannerFacts = {
  /** host:port of the balancer before the gateways. */
  door: string;
  stats: string;
  logs: string;
  isDemo: boolean;
  hasGraphiql: boolean;
};

/** What somebody needs who has just started every process. */
export function serversBanner({ door, stats, logs, isDemo, hasGraphiql }: ServersBannerFacts): string {
  const rows: [string, string][] = [
    ...(hasGraphiql ? ([['GraphiQL', `http://${door}/graphiql/`]] as [string, string][]) : []),
    ['GraphQL', `http://${door}/graphql`],
    ['WebSocket', `ws://${door}/graphql`],
    ['Balancer', `http://${stats}/`],
    ['Logs', logs],
  ];
  return renderBanner('Starling is ready on its servers. Ctrl-C stops its processes.', rows, isDemo);
}
