/**
 * The closed list of what a `userErrors` entry may say. `field` tells where, `message` tells a person.
 * What goes wrong outside the input (auth, limits, faults) is a top-level error with one of kit's transport codes.
 */
export const USER_ERROR_CODES = [
  /** A required text is empty or white space only. */
  'EMPTY',
  'TOO_LONG',
  'TOO_SHORT',
  /** Not of the form the field asks for: an id, an e-mail address, a handle, well-formed unicode. */
  'MALFORMED',
  /** Somebody else has this handle or e-mail address. */
  'TAKEN',
  /** No such thing, or none that this viewer may know of. */
  'NOT_FOUND',
  /** The target is deleted, withheld, or its account is not active. */
  'UNAVAILABLE',
  /** A block in either direction forbids it. */
  'BLOCKED',
  /** It belongs to somebody else, or the account's privacy forbids it. */
  'NOT_ALLOWED',
  /** One cannot do this to oneself. */
  'SELF',
  /** A bound of the product: 5,000 followees, … */
  'LIMIT_REACHED',
  'WRONG_CREDENTIALS',
  /** The refresh token is unknown, expired, revoked, or was used before. */
  'INVALID_TOKEN',
  /** The idempotency key was used with another input. */
  'KEY_REUSED',
  /** The viewer's own account is deactivated or suspended. */
  'ACCOUNT_NOT_ACTIVE',
] as const;
export type UserErrorCode = (typeof USER_ERROR_CODES)[number];

/** One rule broken by one input field; `field` is the path inside `input`. */
export type UserError = { code: UserErrorCode; field: string[] | null; message: string };
