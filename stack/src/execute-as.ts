import { FIRST_PARTY_SCOPES } from '@starling/domain/scopes.ts';
import type { Gateway } from '@starling/gateway/create-gateway.ts';
import { createCall } from '@starling/kit/call.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';

/** Runs an operation through the gateway as this person; null is nobody. Rejects if the answer has errors. */
export type ExecuteAs = <Data>(
  viewerId: string | null,
  query: string,
  variables?: Record<string, unknown>,
) => Promise<Data>;

export async function executeAs<Data>(
  gateway: Pick<Gateway, 'execute'>,
  viewerId: string | null,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const { data, errors } = await gateway.execute({ query, variables }, callAs(viewerId));
  if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
  return data as Data;
}

const OPERATION_TIMEOUT_MS = 30_000;

function callAs(viewerId: string | null): CallContext {
  const principal = viewerId === null ? ANONYMOUS : { ...ANONYMOUS, userId: viewerId, scopes: FIRST_PARTY_SCOPES };
  return createCall({ principal, timeoutMs: OPERATION_TIMEOUT_MS });
}
