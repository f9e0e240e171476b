/**
 * What a person may write into an account. Every check answers with the value to store (NFC, trimmed, lengths
 * counted in code points) or with the one rule that is broken.
 */
export type Checked = { ok: true; value: string } | { ok: false; problem: ProfileProblem };
export type ProfileProblem = { code: 'EMPTY' | 'TOO_LONG' | 'TOO_SHORT' | 'MALFORMED' | 'TAKEN'; message: string };

export const HANDLE_MAX = 15;
export const NAME_MAX = 50;
export const BIO_MAX = 160;
export const LOCATION_MAX = 30;
export const WEBSITE_MAX = 100;
export const EMAIL_MAX = 254;
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

/** 1 to 15 ASCII letters, digits and underscores. */
export function checkHandle(text: string): Checked {
  const plain = checkLine(text, { label: 'A handle', max: HANDLE_MAX, required: true });
  if (!plain.ok || /^\w+$/.test(plain.value)) return plain;
  return broken('MALFORMED', 'A handle has letters, digits and underscores only.');
}

/** As `checkHandle`, and refuses what would pass for a page or an office of the service itself. */
export function checkNewHandle(text: string): Checked {
  const checked = checkHandle(text);
  if (!checked.ok || !RESERVED_HANDLES.has(handleKey(checked.value))) return checked;
  return broken('TAKEN', 'This handle is reserved.');
}

export function checkName(text: string): Checked {
  return checkLine(text, { label: 'A name', max: NAME_MAX, required: true });
}

/** May hold line breaks, which become `\n`. */
export function checkBio(text: string): Checked {
  return checkText(text.replace(/\r\n?/g, '\n'), { label: 'A bio', max: BIO_MAX, forbidden: FORBIDDEN_IN_TEXT });
}

export function checkLocation(text: string): Checked {
  return checkLine(text, { label: 'A location', max: LOCATION_MAX });
}

/** An http or https address with a dotted host and no credentials, in the form that browsers write it. */
export function checkWebsite(text: string): Checked {
  const plain = checkLine(text, { label: 'A website', max: WEBSITE_MAX, required: true });
  if (!plain.ok) return plain;
  const url = /^https?:\/\//i.test(plain.value) && !/\s/.test(plain.value) ? URL.parse(plain.value) : null;
  if (url === null || !url.hostname.includes('.') || url.username !== '' || url.password !== '') {
    return broken('MALFORMED', 'A website is an address that starts with http:// or https://.');
  }
  return { ok: true, value: url.href };
}

/** One mailbox at a dotted domain; quoted mailboxes and address literals are not taken. */
export function checkEmail(text: string): Checked {
  const plain = checkLine(text, { label: 'An e-mail address', max: EMAIL_MAX, required: true });
  if (!plain.ok || EMAIL_FORM.test(plain.value)) return plain;
  return broken('MALFORMED', 'This is not an e-mail address.');
}

/** White space counts and stays; only what no keyboard writes is refused. */
export function checkPassword(text: string): Checked {
  if (!isWellFormed(text)) return broken('MALFORMED', 'A password must be well-formed text.');
  const value = text.normalize('NFC');
  const length = codePoints(value);
  if (length === 0) return broken('EMPTY', 'A password must not be empty.');
  if (length < PASSWORD_MIN) return broken('TOO_SHORT', `A password has at least ${PASSWORD_MIN} characters.`);
  if (length > PASSWORD_MAX) return broken('TOO_LONG', `A password has at most ${PASSWORD_MAX} characters.`);
  return { ok: true, value };
}

/** What handles are compared by. */
export function handleKey(handle: string): string {
  return handle.toLowerCase();
}

/** What e-mail addresses are compared by. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

/** No lone surrogate and no NUL: what every store and every index can keep. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

type TextRule = { label: string; max: number; required?: boolean };

function checkLine(text: string, rule: TextRule): Checked {
  return checkText(text, { ...rule, forbidden: FORBIDDEN_IN_LINE });
}

function checkText(text: string, { label, max, required, forbidden }: TextRule & { forbidden: RegExp }): Checked {
  if (!isWellFormed(text)) return broken('MALFORMED', `${label} must be well-formed text.`);
  const value = text.normalize('NFC').trim();
  if (forbidden.test(value)) return broken('MALFORMED', `${label} must not hold control characters.`);
  if (required && !VISIBLE.test(value)) return broken('EMPTY', `${label} must not be empty.`);
  if (codePoints(value) > max) return broken('TOO_LONG', `${label} has at most ${max} characters.`);
  return { ok: true, value };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function broken(code: ProfileProblem['code'], message: string): Checked {
  return { ok: false, problem: { code, message } };
}

/**
 * Embeddings, overrides and isolates reorder the text around them, so one person's name could rewrite another's line.
 * The plain marks (U+200E, U+200F, U+061C) stay: right-to-left names need them.
 */
const BIDI = '\\u202A-\\u202E\\u2066-\\u2069';
const FORBIDDEN_IN_LINE = new RegExp(`[\\p{Cc}\\u2028\\u2029${BIDI}]`, 'u');
const FORBIDDEN_IN_TEXT = new RegExp(`(?!\\n)[\\p{Cc}\\u2028\\u2029${BIDI}]`, 'u');

/** Something that leaves a mark: not only spaces, joiners, fillers and blanks. */
const VISIBLE = /[^\p{C}\p{Z}\p{Mn}\p{Me}\u115F\u1160\u2800\u3164\uFFA0]/u;

const EMAIL_FORM =
  /^(?=[^@]{1,64}@)[^\s\p{C}@.,:;<>()[\]\\"]+(?:\.[^\s\p{C}@.,:;<>()[\]\\"]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

const RESERVED_HANDLES: ReadonlySet<string> = new Set(
  `about account admin administrator all anonymous api app assets auth compose delete edit everyone explore followers following
  graphql hashtag help here home i intent jobs legal livez login logout me media messages moderator new notifications null
  oauth official operator password postmaster privacy public readyz register root rules search security session settings
  share signup staff starling static status support system terms trends undefined user users verified verify viewer web
  webmaster who www`.split(/\s+/),
);
