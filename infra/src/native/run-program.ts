import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Null: as whoever runs this. */
export type RunOptions = {
  account?: { uid: number; gid: number } | null;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  input?: string;
};

/** Runs a program to its end and resolves with what it printed; rejects with what it complained of. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { account = null, env, cwd = '/', input = '' } = options;
  const child = spawn(program, args, {
    cwd,
    env: env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // A program that reads no input may be gone before it is written; its exit code tells the rest.
  child.stdin.on('error', () => undefined).end(input);
  const [[code, signal], output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return output;
  throw new Error(
    `${program} failed: ${complaint.trim() || output.trim() || (signal ?? `exit code ${code ?? 'unknown'}`)}`,
  );
}
