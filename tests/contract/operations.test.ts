import { apiSchemaOf } from '@starling/schema/check-breaking.ts';
import { compose } from '@starling/schema/compose.ts';
import { parse, validate } from 'graphql';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIRST_QUERY } from '../../web/src/first-query.ts';

const folder = join(import.meta.dirname, '../../schema/operations');
const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));

describe('operations of tests and demos', () => {
  const schema = apiSchemaOf(compose().supergraphSdl);

  it.each(files)('%s is valid against what clients see', (name) => {
    const errors = validate(schema, parse(readFileSync(join(folder, name), 'utf8')));
    expect(errors.map((error) => error.message)).toEqual([]);
  });

  it('GraphiQL greets a newcomer with operations that are valid', () => {
    expect(validate(schema, parse(FIRST_QUERY))).toEqual([]);
  });

  it('are there', () => {
    expect(files).not.toEqual([]);
  });
});
