import type { Consumer } from '@starling/kit/event-log/consumer.ts';

/** Accounts follow from nobody else's facts. */
export const consumers: readonly Consumer[] = [];
