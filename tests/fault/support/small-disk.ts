import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';

/** A disk of its own can be made where one is root, and mounts are allowed. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mountsAreAllowed();

/** A disk of so many bytes in a new folder. */
export async function mountDisk(folder: string, bytes: number): Promise<void> {
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
}

/** Gone at once for everybody who looks for it; for who has files open on it, when those are closed. */
export function unmountDisk(folder: string): void {
  execFileSync('umount', ['-l', folder]);
}

function mountsAreAllowed(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
