import type { LogRecord } from './port.ts';

const MARK = 'erased';

/** What is left of a record whose content was erased: its place in the log. Consumers never see it. */
export const ERASED = { value: '', headers: { [MARK]: 'true' } } as const;

export function isErased({ value, headers }: Pick<LogRecord, 'value' | 'headers'>): boolean {
  return value === ERASED.value && headers[MARK] === 'true';
}
