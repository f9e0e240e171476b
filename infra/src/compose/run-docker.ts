import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runProgram } from '../native/run-program.ts';

/** True if an engine answers, and has its Compose plugin. */
export async function hasDocker(): Promise<boolean> {
  try {
    await Promise.all([runProgram('docker', ['info']), runProgram('docker', ['compose', 'version'])]);
    return true;
  } catch {
    return false;
  }
}

/** `docker` with the terminal's own input and output, so that its progress shows. Rejects if it fails. */
export async function runDocker(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn('docker', args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')} failed; see above.`);
}

/** What `docker` prints. */
export function readDocker(args: readonly string[]): Promise<string> {
  return runProgram('docker', args);
}
