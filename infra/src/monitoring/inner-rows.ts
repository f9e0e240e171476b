import { byLabels, gauge, line, panel, percentiles, quantile, rate, type Row } from './panels.ts';

/** What happens behind an answer, and how the processes are. */
export const INNER_ROWS: readonly Row[] = [
  {
    title: 'Event log and worker',
    panels: [
      panel(
        'Published',
        'reqps',
        'Records, by topic.',
        byLabels(rate('starling_log_published_total', ['topic']), 'topic'),
      ),
      panel('Handled', 'reqps', 'Records, by group.', byLabels(rate('starling_log_handled_total', ['group']), 'group')),
      panel(
        'Lag',
        'short',
        'Records still to handle.',
        byLabels(gauge('max', 'starling_log_lag_records', ['group', 'topic']), 'group', 'topic'),
      ),
      panel(
        'Delay, 95 %',
        's',
        'From the append of a batch’s oldest record until it is handled.',
        byLabels(quantile(0.95, 'starling_log_delay_seconds', ['group']), 'group'),
      ),
      panel(
        'Time of a batch, 95 %',
        's',
        'By group.',
        byLabels(quantile(0.95, 'starling_log_batch_seconds', ['group']), 'group'),
      ),
      panel(
        'Records of a batch, median',
        'short',
        'By group.',
        byLabels(quantile(0.5, 'starling_log_batch_records', ['group']), 'group'),
      ),
      panel(
        'Trouble',
        'short',
        'A second: tries beyond the first, records that died, records not published. And partitions that wait for a dependency.',
        line('retried: {{group}}', rate('starling_log_retried_total', ['group'])),
        line('dead: {{group}}', rate('starling_log_dead_total', ['group'])),
        line('not published: {{topic}}', rate('starling_log_publish_failures_total', ['topic'])),
        line('paused: {{group}}', gauge('sum', 'starling_log_paused_partitions', ['group'])),
      ),
      panel(
        'Outboxes: rows',
        'short',
        'Not published yet.',
        byLabels(gauge('max', 'starling_outbox_waiting_rows', ['outbox']), 'outbox'),
      ),
      panel(
        'Outboxes: age',
        's',
        'Of the oldest row.',
        byLabels(gauge('max', 'starling_outbox_oldest_seconds', ['outbox']), 'outbox'),
      ),
    ],
  },
  {
    title: 'Timelines and search',
    panels: [
      panel(
        'Reads of home timelines',
        'reqps',
        'By where the entries came from.',
        byLabels(rate('starling_timeline_reads_total', ['source']), 'source'),
      ),
      panel(
        'Audits of home timelines',
        'reqps',
        'Held against their stores, by what came of it; one that is repaired had a hole, one that is late may lack what is on its way.',
        byLabels(rate('starling_timeline_audits_total', ['result']), 'result'),
      ),
      panel(
        'Records replayed to home timelines',
        'reqps',
        'After a server of Redis came back, without its last seconds perhaps.',
        line('records', rate('starling_timeline_replayed_records_total')),
      ),
      panel('Time of a replay', 's', 'Of all of them at a time.', ...percentiles('starling_timeline_replay_seconds')),
      panel(
        'Home timelines that came back',
        'reqps',
        'Buckets, by what came of them; lists of one that begins afresh are built anew.',
        byLabels(rate('starling_timeline_recoveries_total', ['outcome']), 'outcome'),
      ),
      panel(
        'Deliveries',
        'reqps',
        'Entries × followers a second.',
        line('deliveries', rate('starling_fan_out_deliveries_total')),
      ),
      panel('Time of a fan-out', 's', 'Of a batch of entries.', ...percentiles('starling_fan_out_seconds')),
      panel(
        'Notes of deliveries lost',
        'reqps',
        'Each leaves one tweet for good without a complete `delivery`; its push went on.',
        line('notes', rate('starling_delivery_notes_lost_total')),
      ),
      panel(
        'Opened profiles',
        'reqps',
        'Noted for the ranking, by what became of them; dropped: no room to wait, or no time.',
        byLabels(rate('starling_profile_opens_total', ['result']), 'result'),
      ),
      panel(
        'Time of a search, 95 %',
        's',
        'By index.',
        byLabels(quantile(0.95, 'starling_search_seconds', ['index']), 'index'),
      ),
      panel(
        'Searches and changes',
        'reqps',
        'By index.',
        line('searches: {{index}}', rate('starling_search_seconds_count', ['index'])),
        line('changes: {{index}}', rate('starling_search_writes_total', ['index'])),
        line('failed {{kind}}: {{index}}', rate('starling_search_errors_total', ['index', 'kind'])),
      ),
    ],
  },
  {
    title: 'Processes',
    panels: [
      panel(
        'Ready',
        'short',
        '1 takes work, 0 does not; who does not answer at all is not shown.',
        byLabels(gauge('max', 'starling_ready', ['job', 'instance']), 'job', 'instance'),
      ),
      panel(
        'Failing checks',
        'short',
        'Of readiness.',
        byLabels(`${gauge('max', 'starling_failing_check', ['job', 'check'])} > 0`, 'job', 'check'),
      ),
      panel(
        'Delay of the event loop, 99 %',
        's',
        'By process.',
        byLabels(gauge('max', 'nodejs_eventloop_lag_p99_seconds', ['job', 'instance']), 'job', 'instance'),
      ),
      panel(
        'CPU',
        'percentunit',
        'Cores, by process.',
        byLabels(rate('process_cpu_seconds_total', ['job', 'instance']), 'job', 'instance'),
      ),
      panel(
        'Memory',
        'bytes',
        'Resident, by process.',
        byLabels(gauge('max', 'process_resident_memory_bytes', ['job', 'instance']), 'job', 'instance'),
      ),
      panel(
        'Open files',
        'short',
        'Sockets included.',
        byLabels(gauge('max', 'process_open_fds', ['job', 'instance']), 'job', 'instance'),
      ),
      panel(
        'Blind spots',
        'reqps',
        'Gauges that could not be looked at, and spans that no collector took.',
        line('looks', rate('starling_look_failures_total')),
        line('spans', rate('starling_trace_spans_lost_total')),
      ),
    ],
  },
];
