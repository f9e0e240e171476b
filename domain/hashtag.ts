import { foldHashtag, MAX_TOKEN } from './search-text.ts';
import { entitiesOf } from './tweet-text.ts';
import { isWellFormed } from './profile.ts';

/** `tag` is in the form that is compared (`foldHashtag`), without its sign. */
export type HashtagCheck =
  { ok: true; tag: string } | { ok: false; code: 'EMPTY' | 'TOO_LONG' | 'MALFORMED'; message: string };

/** Whether a text is a hashtag that a tweet can carry. The sign may be left out. */
export function checkHashtag(raw: string): HashtagCheck {
  const named = nameHashtag(raw);
  if (!named.ok) return named;
  const written = `#${withoutSign(raw).normalize('NFC')}`;
  const [entity, ...more] = entitiesOf(written);
  const isWhole = entity?.kind === 'HASHTAG' && `#${entity.value}` === written && more.length === 0;
  return isWhole ? named : malformed();
}

/** The tag that a text stands for, also in the form that is compared, which for some scripts no tweet could carry. */
export function nameHashtag(raw: string): HashtagCheck {
  if (!isWellFormed(raw)) return malformed();
  const text = withoutSign(raw);
  if (text === '') return { ok: false, code: 'EMPTY', message: 'A hashtag needs a word' };
  if (Array.from(text).length > MAX_TOKEN)
    return { ok: false, code: 'TOO_LONG', message: `A hashtag has at most ${MAX_TOKEN} characters` };
  const tag = foldHashtag(text);
  return tag === '' ? malformed() : { ok: true, tag };
}

/** Tags as they were written, in the form that is compared: each once, in their order. */
export function foldHashtags(written: readonly string[]): string[] {
  return [...new Set(written.map(foldHashtag))].filter((tag) => tag !== '');
}

function withoutSign(raw: string): string {
  return raw.trim().replace(/^[#＃]/u, '');
}

function malformed(): HashtagCheck {
  return { ok: false, code: 'MALFORMED', message: 'This is not a hashtag' };
}
