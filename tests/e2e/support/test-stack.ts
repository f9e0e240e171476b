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

export type Changes = { [Part in keyof StackConfig]?: Partial<StackConfig[Part]> };

const KINDS = ['embedded', 'servers'] as const;
export type StackKind = (typeof KINDS)[number];

/**
 * Which one says STARLING_TEST_STACK: all in this process, or a process of each kind on servers that run. Passwords are
 * hashed cheaply and searches are not cached, so that tests are quick and exact.
 */
export async function startTestStack(changes: Changes = {}): Promise<TestStack> {
  const all = merged({ users: { passwordMemoryKiB: 1_024, passwordPasses: 1 }, search: { cacheTtlMs: 0 } }, changes);
  // Loaded when wanted, as each costs a second.
  if (kindOf(process.env['STARLING_TEST_STACK']) === 'embedded')
    return (await import('./embedded-test-stack.ts')).startEmbeddedTestStack(all);
  return (await import('./servers-test-stack.ts')).startServersTestStack(all);
}

function kindOf(name: string = 'embedded'): StackKind {
  const kind = KINDS.find((known) => known === name);
  if (kind === undefined) throw new Error(`STARLING_TEST_STACK is ${name}; it may be ${KINDS.join(' or ')}.`);
  return kind;
}

export function merged(one: Changes, other: Changes): Changes {
  const parts = new Set([...Object.keys(one), ...Object.keys(other)] as (keyof StackConfig)[]);
  return Object.fromEntries([...parts].map((part) => [part, { ...one[part], ...other[part] }]));
}
