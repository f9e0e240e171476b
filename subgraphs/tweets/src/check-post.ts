import { checkTweetText } from '@starling/domain/tweet-text.ts';
import { joined, refuse, type Refusal } from './outcome.ts';

const MAX_KEY_LENGTH = 64;

/** What can be said of a post by itself. `text` is what to store; `key` is null without an idempotency key. */
export function checkPost(input: {
  text: string;
  idempotencyKey?: string | null;
}): { ok: true; text: string; key: string | null } | Refusal {
  const text = checkText(input.text);
  const key = checkKey(input.idempotencyKey ?? null);
  return text.ok && key.ok ? { ok: true, text: text.text, key: key.key } : joined(text, key);
}

function checkText(raw: string): { ok: true; text: string } | Refusal {
  const checked = checkTweetText(raw);
  return checked.ok ? checked : refuse(checked.code, 'text', checked.message);
}

function checkKey(key: string | null): { ok: true; key: string | null } | Refusal {
  const field = 'idempotencyKey';
  if (key === null) return { ok: true, key };
  if (key === '') return refuse('EMPTY', field, 'The key is empty');
  if (key.length > MAX_KEY_LENGTH) return refuse('TOO_LONG', field, `The key is longer than ${MAX_KEY_LENGTH}`);
  if (key.isWellFormed() && !key.includes('\u0000')) return { ok: true, key };
  return refuse('MALFORMED', field, 'The key holds characters that no text may hold');
}
