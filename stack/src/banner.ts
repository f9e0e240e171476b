import { DEMO_LOGINS, DEMO_PASSWORD } from './community/seed-demo.ts';

export type BannerFacts = {
  host: string;
  port: number;
  dataDir: string;
  isDemo: boolean;
  hasGraphiql: boolean;
  readyInMs: number;
};

/** What a newcomer needs first. */
export function banner({ host, port, dataDir, isDemo, hasGraphiql, readyInMs }: BannerFacts): string {
  const shownHost = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const origin = `${shownHost}:${port}`;
  const rows: [string, string][] = [
    ...(hasGraphiql ? ([['GraphiQL', `http://${origin}/graphiql/`]] as [string, string][]) : []),
    ['GraphQL', `http://${origin}/graphql`],
    ['WebSocket', `ws://${origin}/graphql`],
    ['Data', dataDir],
  ];
  return renderBanner(`Starling is ready (${(readyInMs / 1000).toFixed(1)} s). Ctrl-C stops it.`, rows, isDemo);
}

/** A headline over named places, and who can log in if it is a demo. */
export function renderBanner(
  headline: string,
  places: readonly (readonly [string, string])[],
  isDemo: boolean,
): string {
  const logins = [['Demo logins', `${DEMO_LOGINS.join(', ')} (password: ${DEMO_PASSWORD})`]] as const;
  const lines = [...places, ...(isDemo ? logins : [])].map(([name, value]) => `  ${name.padEnd(12)} ${value}`);
  return ['', `  ${headline}`, '', ...lines, '', ''].join('\n');
}
