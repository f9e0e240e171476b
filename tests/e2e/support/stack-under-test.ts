import type { StackConfig } from '@starling/stack/config.ts';
import type { Databases } from '@starling/stack/databases.ts';
import type { Stack } from '@starling/stack/start-stack.ts';

/** What is in one place: `database.table`, an index or a key. */
export type FoundText = { place: string; text: string; row: string };

/** The real constellation on stores of its own, all of them gone when it stops. */
export type TestStack = Stack & {
  kind: StackKind;
  /** Of the subgraphs that own facts. */
  databases: Pick<Databases, 'users' | 'graph' | 'tweets'>;
  /** Everything stored anywhere that holds one of the texts, without regard to case. */
  findTexts(texts: readonly string[]): Promise<FoundText[]>;
  /** Makes the search index refuse every write until the answer is called. */
  spoilSearch(): Promise<() => Promise<void>>;
  /** Stops and starts again on the same stores: what lived in memory is gone. */
  restart(): Promise<TestStack>;
};

export type Changes = { [Part in keyof StackConfig]?: Partial<StackConfig[Part]> } & {
  /** Where processes of their own send traces; a stack in this process sends them where the test does. */
  otel?: { exporterOtlpEndpoint: string; tracesSamplerArg: number };
};

export type StackKind = 'embedded' | 'servers';

export function merged(one: Changes, other: Changes): Changes {
  const parts = new Set([...Object.keys(one), ...Object.keys(other)] as (keyof StackConfig)[]);
  return Object.fromEntries([...parts].map((part) => [part, { ...one[part], ...other[part] }]));
}
