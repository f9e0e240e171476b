import { type z } from 'zod';
import { environmentName } from './environment-name.ts';
import { rememberSecrets } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigPart<Schema extends z.ZodObject> = {
  /** What its variables start with: `USERS` makes `databaseUrl` USERS_DATABASE_URL. */
  prefix: string;
  schema: Schema;
  /** Values from elsewhere, such as flags; they win over the environment. What is undefined is not given. */
  given?: Readonly<Record<string, unknown>>;
  /** Other names with this prefix are no mistakes but for other processes, which share the environment. */
  isShared?: boolean;
};

/** Everything that is wrong with the configuration, a line each; never a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration is wrong:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** One part of the configuration. Throws ConfigError. An empty variable is one that is not set. */
export function readConfig<Schema extends z.ZodObject>(
  part: ConfigPart<Schema> & { env: Environment },
): z.output<Schema> {
  return readConfigs({ part }, part.env).part;
}

/** Several parts at once, so that one ConfigError tells what is wrong with all of them. */
export function readConfigs<Schemas extends Record<string, z.ZodObject>>(
  parts: { [Name in keyof Schemas]: ConfigPart<Schemas[Name]> },
  env: Environment,
): { [Name in keyof Schemas]: z.output<Schemas[Name]> } {
  const entries = Object.entries<ConfigPart<z.ZodObject>>(parts);
  const problems = unknownVariables(
    entries.map(([, part]) => part),
    env,
  );
  const values = entries.map(([name, part]) => [name, readPart(part, env, problems)] as const);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(values) as { [Name in keyof Schemas]: z.output<Schemas[Name]> };
}

function readPart(
  { prefix, schema, given = {} }: ConfigPart<z.ZodObject>,
  env: Environment,
  problems: string[],
): unknown {
  const input: Record<string, unknown> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = given[key] ?? env[environmentName(prefix, key)];
    if (value !== undefined && value !== '' && !isServiceAddress(value)) input[key] = value;
  }
  const result = schema.safeParse(input);
  if (result.success) return rememberSecrets(schema, { ...nothingOf(schema), ...result.data });
  for (const { path, code, message } of result.error.issues) {
    const key = String(path[0] ?? '');
    const name = path.length > 0 ? environmentName(prefix, key) : prefix;
    const isMissing = code === 'invalid_type' && path.length === 1 && !(key in input);
    problems.push(isMissing ? `${name} is not set` : `${name}: ${message}`);
  }
  return undefined;
}

/** Every name, so that also what need not be set is printed. */
function nothingOf(schema: z.ZodObject): Record<string, undefined> {
  return Object.fromEntries(Object.keys(schema.shape).map((key) => [key, undefined]));
}

/** What Kubernetes gives as GATEWAY_PORT for a service named gateway; nobody has set that. */
function isServiceAddress(value: unknown): boolean {
  return typeof value === 'string' && /^(tcp|udp|sctp):\/\//.test(value);
}

/** Belongs to us, whatever part: a name of this kind that nobody knows is a mistake. */
const OWN_PREFIX = 'STARLING';
/** What Kubernetes tells every container about services of these names. */
const SERVICE_LINK =
  /^[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/;

/** A misspelt variable would otherwise be a setting that silently does nothing. */
function unknownVariables(parts: readonly ConfigPart<z.ZodObject>[], env: Environment): string[] {
  const known = parts.flatMap(({ prefix, schema }) =>
    Object.keys(schema.shape).map((key) => environmentName(prefix, key)),
  );
  const prefixes = [OWN_PREFIX, ...parts.flatMap(({ prefix, isShared }) => (isShared ? [] : [prefix]))];
  return Object.keys(env)
    .filter((name) => prefixes.some((prefix) => name.startsWith(`${prefix}_`)))
    .filter((name) => !known.includes(name) && !SERVICE_LINK.test(name))
    .map((name) => `${name} is not known${suggestion(name, known)}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distanceBetween(name, candidate) }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean ${nearest.candidate}?` : '';
}

/** Levenshtein's: insertions, deletions and replacements that make one of the other. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] as number;
}
