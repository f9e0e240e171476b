import { z } from 'zod';

/** A text that is never printed. */
export function secret(): z.ZodString {
  return z.string().meta({ [SECRET]: true });
}

const SECRET = 'secret';
/** Which fields of a configuration value are secret, as its schema said when it was read. */
const secretsOf = new WeakMap<object, ReadonlySet<string>>();
/** Names that mean a secret even where no schema says so. */
const SECRET_NAME = /(secret|password|token|keys?|credentials?)$/i;

export function rememberSecrets<Value extends object>(schema: z.ZodObject, value: Value): Value {
  const keys = Object.entries(schema.shape).filter(([, field]) => isSecretSchema(field as z.ZodType));
  secretsOf.set(value, new Set(keys.map(([key]) => key)));
  return value;
}

export function isSecret(holder: object, key: string): boolean {
  return secretsOf.get(holder)?.has(key) === true || SECRET_NAME.test(key);
}

/** Looks through defaults, optionals, lists and transforms. */
function isSecretSchema(schema: z.ZodType): boolean {
  if (schema.meta()?.[SECRET] === true) return true;
  const {
    innerType,
    element,
    in: input,
  } = schema.def as { innerType?: z.ZodType; element?: z.ZodType; in?: z.ZodType };
  const inner = innerType ?? element ?? input;
  return inner !== undefined && isSecretSchema(inner);
}
