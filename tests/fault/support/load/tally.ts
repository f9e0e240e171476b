/** What came of the requests of a load. */
export type Report = {
  requests: number;
  /** Writes that were answered as done. */
  acknowledged: number;
  /** Requests without a proper answer, by status, transport code or error of the connection. */
  failures: Record<string, number>;
  /** Writes that were answered as against the rules, by what and code. */
  refusals: Record<string, number>;
  /** Answers that no fault excuses, in words. */
  violations: string[];
};

export type Tally = {
  sent(): void;
  acknowledged(): void;
  failed(code: string): void;
  refused(what: string, code: string): void;
  violated(what: string): void;
  report(): Report;
};

/** What a client may get while something is away: from Starling, from a proxy, from the connection. Anything else is a bug. */
const EXCUSED: ReadonlySet<string> = new Set([
  ...['UNAVAILABLE', 'DEADLINE_EXCEEDED'],
  ...['HTTP 502', 'HTTP 503', 'HTTP 504'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'TimeoutError'],
]);

export function createTally(): Tally {
  const report: Report = { requests: 0, acknowledged: 0, failures: {}, refusals: {}, violations: [] };
  const count = (counts: Record<string, number>, key: string) => void (counts[key] = (counts[key] ?? 0) + 1);
  return {
    sent: () => void (report.requests += 1),
    acknowledged: () => void (report.acknowledged += 1),
    failed(code) {
      count(report.failures, code);
      if (!EXCUSED.has(code)) report.violations.push(`a request failed with ${code}`);
    },
    refused: (what, code) => count(report.refusals, `${what} ${code}`),
    violated: (what) => void report.violations.push(what),
    report: () => structuredClone(report),
  };
}

/** How many requests failed, by whatever. */
export function failuresIn({ failures }: Pick<Report, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** In one line. */
export function describeReport({ requests, acknowledged, failures, refusals, violations }: Report): string {
  const failed = Object.entries(failures).map(([code, count]) => `${count} ${code}`);
  const refused = Object.entries(refusals).map(([code, count]) => `${count} ${code}`);
  return [
    `${requests} requests, ${acknowledged} acknowledged writes`,
    `failed: ${failed.join(', ') || 'none'}`,
    ...(refused.length > 0 ? [`refused: ${refused.join(', ')}`] : []),
    ...(violations.length > 0 ? [`against the rules: ${violations.join('; ')}`] : []),
  ].join('; ');
}
