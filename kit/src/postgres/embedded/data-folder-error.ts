/** Embedded Postgres cannot run on this data folder; the message is meant for the person who started it. */
export class DataFolderError extends Error {
  override name = 'DataFolderError';
}

const REASONS: Record<string, string> = {
  EACCES: 'it may not be written by this user',
  EPERM: 'it may not be written by this user',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'there is a file where the folder should be',
  EEXIST: 'there is a file where the folder should be',
};

/** For file system errors on the way to a usable folder. */
export function cannotUse(folder: string, cause: unknown): DataFolderError {
  if (cause instanceof DataFolderError) return cause;
  const { code = '', message = String(cause) } = cause as { code?: string; message?: string };
  return new DataFolderError(`The data folder ${folder} cannot be used: ${REASONS[code] ?? message}.`, { cause });
}
