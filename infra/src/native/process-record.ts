import { readFile, rm } from 'node:fs/promises';

/** A process for good: its number alone may be another program's by now, or a program's of another boot. */
export type ProcessRecord = { pid: number; startTime: string; boot: string; stopSignal: NodeJS.Signals };

/**
 * For `sh -c`, followed by the file, the stop signal and the command: writes the record, then becomes the command, so
 * that there is never a server without its record.
 */
export const RECORD_AND_EXEC = [
  'read -r boot < /proc/sys/kernel/random/boot_id',
  'read -r status < "/proc/$$/stat"',
  'printf "%s\\n%s\\n%s\\n%s\\n" "$$" "$boot" "$status" "$1" > "$0.new"',
  'mv "$0.new" "$0"',
  'shift',
  'exec "$@"',
].join(' && ');

/** The process that the file speaks of, if it still runs; the file of one that is gone is removed. */
export async function findRecorded(file: string): Promise<ProcessRecord | null> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const [pid = '', boot = '', status = '', stopSignal = ''] = lines;
  if (pid === '') return null;
  const record = {
    pid: Number(pid),
    boot,
    startTime: parseStatus(status).startTime,
    stopSignal: stopSignal as NodeJS.Signals,
  };
  if (await isRunning(record)) return record;
  await rm(file, { force: true });
  return null;
}

/** Also false once it has ended and only waits to be collected. */
export async function isRunning({ pid, startTime, boot }: Omit<ProcessRecord, 'stopSignal'>): Promise<boolean> {
  const [status, bootNow] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ]);
  if (status === null || bootNow.trim() !== boot) return false;
  const now = parseStatus(status);
  return now.startTime === startTime && !/[ZX]/.test(now.state);
}

/** Fields 3, 4 and 22 of proc(5); the second is a name in brackets that may have spaces and brackets of its own. */
export function parseStatus(status: string): { state: string; parent: number; startTime: string } {
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
}
