import { z } from 'zod';
import { StarlingError } from '../errors.ts';
import type { SubgraphRequest } from '../subgraph/execute-in-subgraph.ts';

/** Where a subgraph serves both queries and subscriptions. */
export const GRAPHQL_PATH = '/graphql';
/** Headers of a query or mutation, beside the body that they vouch for. */
export const CALL_HEADER = 'starling-call';
export const SIGNATURE_HEADER = 'starling-signature';
/** What is called, as signatures name it. */
export const EXECUTE = `POST ${GRAPHQL_PATH}`;
export const SUBSCRIBE = 'subscribe';

/** Room for the largest answers of entity batches. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What stands in `extensions` of a subscribe message. */
export type SubscribeExtensions = { call: string; signature: string };

/**
 * Marks, in `extensions` of results, that are no events: the subscription stands from now on; or its source has broken, and
 * events may have been lost.
 */
export const MARK = 'starling';
export type Mark = 'stands' | 'broken';

/** The very text that is sent and signed; reading it and writing it again gives the same. */
export function encodeRequest({ query, variables, operationName }: SubgraphRequest): string {
  return JSON.stringify({ query, variables: variables ?? {}, operationName: operationName ?? null });
}

/** Throws StarlingError BAD_REQUEST for anything but what `encodeRequest` gives. To be called after its signature was verified. */
export function decodeRequest(text: string): SubgraphRequest {
  try {
    return request.parse(JSON.parse(text));
  } catch (cause) {
    throw new StarlingError('BAD_REQUEST', 'The request cannot be read', {}, { cause });
  }
}

const request = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()),
  operationName: z.string().nullable(),
});
