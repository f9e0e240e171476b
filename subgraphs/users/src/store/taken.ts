const UNIQUE_VIOLATION = '23505';
const FIELDS: Readonly<Record<string, 'handle' | 'email'>> = {
  account_handle_hash_key: 'handle',
  account_email_lower_key: 'email',
};

/** Which field of an account somebody else has, if that is what the database says; else null. */
export function takenField(error: unknown): 'handle' | 'email' | null {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION ? (FIELDS[String(constraint)] ?? null) : null;
}
