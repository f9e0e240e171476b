import { environmentName } from './environment-name.ts';
import { isSecret } from './secret.ts';

/**
 * The parts of a configuration as lines of `NAME=value`, as the environment would give them. Secrets and passwords in
 * URLs are masked. `config` holds a part under its prefix in any case: `{ users: { databaseUrl } }`.
 */
export function printConfig(config: Readonly<Record<string, object>>): string {
  return Object.entries(config)
    .flatMap(([prefix, part]) =>
      Object.entries(part).map(([key, value]) => `${environmentName(prefix, key)}=${show(part, key, value)}`),
    )
    .join('\n');
}

const MASK = '[hidden]';

function show(part: object, key: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (isSecret(part, key) && typeof value !== 'number' && typeof value !== 'boolean') return MASK;
  if (Array.isArray(value)) return maskPasswords(value.join(','));
  return maskPasswords(typeof value === 'string' ? value : JSON.stringify(value));
}

/** `scheme://user:password@host`, and passwords among the parameters. */
function maskPasswords(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:)[^/?#\s]*@/gi, `$1${MASK}@`)
    .replace(/([?&](?:password|sslpassword)=)[^&\s"]*/gi, `$1${MASK}`);
}
