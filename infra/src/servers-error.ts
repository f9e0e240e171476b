/** The servers cannot be brought up, or do not answer; the message is meant for the person who asked. */
export class ServersError extends Error {
  override name = 'ServersError';
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
