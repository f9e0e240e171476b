import { byLabels, CHOSEN, gauge, line, panel, quantile, rate, type Row } from './panels.ts';

/** What processes ask: each other, Postgres, Redis. */
export const DEPENDENCY_ROWS: readonly Row[] = [
  {
    title: 'Calls between services',
    panels: [
      panel(
        'Calls',
        'reqps',
        'As they are answered.',
        byLabels(rate('starling_rpc_calls_total', ['method'], `side="server",${CHOSEN}`), 'method'),
      ),
      panel(
        'Time of a call, 95 %',
        's',
        'By end: what lies between is the network.',
        byLabels(quantile(0.95, 'starling_rpc_seconds', ['side', 'method']), 'side', 'method'),
      ),
      panel(
        'Calls that failed',
        'reqps',
        'By code.',
        byLabels(rate('starling_rpc_calls_total', ['method', 'code'], `code!="OK",${CHOSEN}`), 'method', 'code'),
      ),
      panel(
        'Breakers',
        'short',
        '0 closed, 1 half open, 2 open.',
        byLabels(gauge('max', 'starling_breaker_state', ['job', 'breaker']), 'job', 'breaker'),
      ),
    ],
  },
  {
    title: 'Postgres',
    panels: [
      panel('Statements', 'reqps', 'By pool.', byLabels(rate('starling_sql_seconds_count', ['pool']), 'pool')),
      panel(
        'Time of a statement, 95 %',
        's',
        'By pool.',
        byLabels(quantile(0.95, 'starling_sql_seconds', ['pool']), 'pool'),
      ),
      panel(
        'Use of pools',
        'percentunit',
        'Busy connections by how many there may be.',
        byLabels(
          `${gauge('sum', 'starling_sql_pool_connections', ['pool'], `state="busy",${CHOSEN}`)} / ${gauge('sum', 'starling_sql_pool_max_connections', ['pool'])}`,
          'pool',
        ),
      ),
      panel(
        'Waiting and failing',
        'short',
        'Callers that wait for a connection, and failures a second.',
        line('waiting: {{pool}}', gauge('sum', 'starling_sql_pool_waiting', ['pool'])),
        line('failed: {{pool}}', rate('starling_sql_errors_total', ['pool'])),
      ),
      panel(
        'Lag of replicas',
        's',
        'Behind their primary.',
        byLabels(gauge('max', 'starling_sql_replica_lag_seconds', ['pool']), 'pool'),
      ),
    ],
  },
  {
    title: 'Redis, caches and limits',
    panels: [
      panel('Commands', 'reqps', 'By command.', byLabels(rate('starling_redis_seconds_count', ['command']), 'command')),
      panel(
        'Time of a command, 95 %',
        's',
        'By command.',
        byLabels(quantile(0.95, 'starling_redis_seconds', ['command']), 'command'),
      ),
      panel(
        'Commands that failed',
        'reqps',
        'By command.',
        byLabels(rate('starling_redis_errors_total', ['command']), 'command'),
      ),
      panel(
        'Hits',
        'percentunit',
        'Share of keys that a cache had.',
        byLabels(
          `${rate('starling_cache_reads_total', ['cache'], `result="hit",${CHOSEN}`)} / ${rate('starling_cache_reads_total', ['cache'])}`,
          'cache',
        ),
      ),
      panel(
        'Refused by limits',
        'reqps',
        'By limit.',
        byLabels(rate('starling_rate_limited_total', ['limiter']), 'limiter'),
      ),
    ],
  },
];
