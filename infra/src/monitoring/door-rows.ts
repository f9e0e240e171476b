import { byLabels, CHOSEN, gauge, line, panel, percentiles, quantile, rate, type Row } from './panels.ts';

const OURS = 'code=~"INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED"';

/** What people meet, and what the door asks of subgraphs. */
export const DOOR_ROWS: readonly Row[] = [
  {
    title: 'Door',
    panels: [
      panel(
        'Operations',
        'reqps',
        'Answered a second, by type.',
        byLabels(rate('starling_operations_total', ['type']), 'type'),
      ),
      panel(
        'Failures that are ours',
        'percentunit',
        'Share of operations with an error that no client can help.',
        line(
          'failed',
          `${rate('starling_operation_errors_total', [], `${OURS},${CHOSEN}`)} / ${rate('starling_operations_total')}`,
        ),
      ),
      panel(
        'Errors by code',
        'reqps',
        'Clients’ mistakes included.',
        byLabels(rate('starling_operation_errors_total', ['code']), 'code'),
      ),
      panel('Time of an operation', 's', 'Queries and mutations.', ...percentiles('starling_operation_seconds')),
    ],
  },
  {
    title: 'Live',
    panels: [
      panel(
        'Open sockets and subscriptions',
        'short',
        'At all gateways.',
        line('sockets', gauge('sum', 'starling_live_sockets')),
        line('subscriptions', gauge('sum', 'starling_live_subscriptions')),
      ),
      panel(
        'Events sent',
        'reqps',
        'To subscribers, by result.',
        byLabels(rate('starling_live_events_total', ['result']), 'result'),
      ),
      panel(
        'Messages',
        'reqps',
        'Published to channels, and lost to listeners that were too slow.',
        line('published', rate('starling_pubsub_published_total')),
        line('lost', rate('starling_pubsub_dropped_total')),
      ),
    ],
  },
  {
    title: 'Subgraphs',
    panels: [
      panel(
        'Fetches',
        'reqps',
        'What gateways ask.',
        byLabels(rate('starling_subgraph_fetch_seconds_count', ['subgraph']), 'subgraph'),
      ),
      panel(
        'Time of a fetch, 95 %',
        's',
        'As gateways see it.',
        byLabels(quantile(0.95, 'starling_subgraph_fetch_seconds', ['subgraph']), 'subgraph'),
      ),
      panel(
        'Time inside, 95 %',
        's',
        'As subgraphs see it.',
        byLabels(quantile(0.95, 'starling_subgraph_seconds', ['subgraph']), 'subgraph'),
      ),
      panel(
        'Failures',
        'reqps',
        'Fetches without data, and errors in answers.',
        line('no data: {{subgraph}}', rate('starling_subgraph_fetch_failures_total', ['subgraph'])),
        line('{{subgraph}}: {{code}}', rate('starling_subgraph_errors_total', ['subgraph', 'code'])),
      ),
    ],
  },
];
