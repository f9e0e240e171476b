import twitterText from 'twitter-text';

/** What a tweet may weigh: a link 23, most letters 1, CJK and emoji 2. */
export const MAX_TWEET_WEIGHT = 280;

/** In UTF-16 units. Nothing within the weight comes near it; longer texts are not worth parsing. */
const MAX_RAW_LENGTH = 50_000;

const NOTHING_TO_SEE = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;
const NUL = '\u0000';

export type TweetTextCheck =
  | { ok: true; /** In Unicode's normal form C: what is stored. */ text: string; weight: number }
  | { ok: false; code: 'EMPTY' | 'TOO_LONG' | 'MALFORMED'; message: string };

/** Whether a text may be posted, by twitter-text's weighting. */
export function checkTweetText(raw: string): TweetTextCheck {
  if (!raw.isWellFormed() || raw.includes(NUL)) return malformed();
  if (NOTHING_TO_SEE.test(raw)) return { ok: false, code: 'EMPTY', message: 'A tweet needs some text' };
  if (raw.length > MAX_RAW_LENGTH) return tooLong(`${raw.length} characters`);
  const text = raw.normalize('NFC');
  if (twitterText.hasInvalidCharacters(text)) return malformed();
  const { weightedLength: weight } = twitterText.parseTweet(text);
  if (weight > MAX_TWEET_WEIGHT) return tooLong(`${weight} of ${MAX_TWEET_WEIGHT}`);
  return { ok: true, text, weight };
}

/**
 * A stretch of text that means something, sign included. `start` is its first code point, `end` the one after it;
 * `value` is the handle or hashtag without its sign, or the address as written.
 */
export type TextEntity = { kind: 'MENTION' | 'HASHTAG' | 'LINK'; start: number; end: number; value: string };

/** Mentions, hashtags and links in the order of the text; they never overlap. */
export function entitiesOf(text: string): TextEntity[] {
  const found = twitterText.extractEntitiesWithIndices(text).flatMap(toEntity);
  return inCodePoints(
    text,
    found.sort((a, b) => a.start - b.start),
  );
}

/** A handle that is followed by a list's name (`@ada/friends`) counts as a mention of the handle alone. */
function toEntity(found: ReturnType<typeof twitterText.extractEntitiesWithIndices>[number]): TextEntity[] {
  const [start, end] = found.indices;
  if ('screenName' in found) {
    return [{ kind: 'MENTION', start, end: start + 1 + found.screenName.length, value: found.screenName }];
  }
  if ('hashtag' in found) return [{ kind: 'HASHTAG', start, end, value: found.hashtag }];
  if ('url' in found) return [{ kind: 'LINK', start, end, value: found.url }];
  return [];
}

/** Entities are in order, so one walk over the text counts for all of them. */
function inCodePoints(text: string, entities: readonly TextEntity[]): TextEntity[] {
  let unit = 0;
  let point = 0;
  const pointAt = (target: number): number => {
    while (unit < target) {
      unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
      point += 1;
    }
    return point;
  };
  return entities.map((entity) => ({ ...entity, start: pointAt(entity.start), end: pointAt(entity.end) }));
}

function malformed(): TweetTextCheck {
  return { ok: false, code: 'MALFORMED', message: 'The text holds characters that no text may hold' };
}

function tooLong(measure: string): TweetTextCheck {
  return { ok: false, code: 'TOO_LONG', message: `The text is too long: ${measure}` };
}
