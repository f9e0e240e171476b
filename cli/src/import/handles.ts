import { HANDLE_MAX } from '@starling/domain/profile.ts';

const PREFIX = 'u';

/** Characters of an id that a handle has room for. */
export const GRAPH_ID_MAX = HANDLE_MAX - PREFIX.length;

/** The handle of whom a graph knows by an id. */
export function handleOf(graphId: string): string {
  return PREFIX + graphId;
}
