import type { Id } from '@starling/domain/ids.ts';
import type { UserError, UserErrorCode } from '@starling/schema/error-codes.ts';
import type { Tweet } from './tweet.ts';

/** What a mutation gives: the tweet it was about, or what is wrong with its input. `created` spares reading a new one. */
export type Outcome = { ok: true; tweetId: Id; created?: Tweet } | Refusal;
export type Refusal = { ok: false; errors: UserError[] };

/** `field` is a name inside `input`, or null if no single field is at fault. */
export function refuse(code: UserErrorCode, field: string | null, message: string): Refusal {
  return { ok: false, errors: [{ code, field: field === null ? null : [field], message }] };
}

/** Everything that is wrong, in one answer. */
export function joined(...checks: ({ ok: true } | Refusal)[]): Refusal {
  return { ok: false, errors: checks.flatMap((check) => (check.ok ? [] : check.errors)) };
}
