import type { EngineName } from './engines.ts';
import type { OnBytes } from './native/downloads.ts';

/** What brings the servers up and looks after them: native processes, or Docker Compose. */
export type Provider = {
  /** As a person reads it. */
  name: string;
  /** Resolves when every engine answers, with what to tell of them. */
  up(options: UpOptions): Promise<void>;
  /** Ends exactly what `up` has started; returns the names. Data stay. */
  down(): Promise<readonly string[]>;
  /** Ends everything and wipes the data. */
  reset(): Promise<void>;
  status(): Promise<readonly InstanceState[]>;
  /** Writes the log of one to standard output: its end, or for as long as it is followed. */
  logs(name: string, options: { follow: boolean; lines: number }): Promise<void>;
};

/** By default as the installation was last brought up. */
export type UpOptions = {
  portOffset?: number | undefined;
  brokers?: 1 | 3 | undefined;
  engines?: readonly EngineName[] | undefined;
  dataFolders?: Readonly<Record<string, string>> | undefined;
  onBytes: OnBytes;
  onReady(engine: EngineName): void;
};

/** One process or container, as `status` shows it. */
export type InstanceState = {
  name: string;
  port: number;
  isRunning: boolean;
  /** Why it does not answer; null if it does. */
  problem: string | null;
};
