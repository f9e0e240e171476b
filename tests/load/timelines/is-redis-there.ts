import { findProgram } from '@starling/infra/native/prerequisites.ts';
import { ServersError } from '@starling/infra/servers-error.ts';

/** Whether this machine can start a Redis. */
export async function isRedisThere(): Promise<boolean> {
  try {
    await findProgram('redis');
    return true;
  } catch (error) {
    if (error instanceof ServersError) return false;
    throw error;
  }
}
