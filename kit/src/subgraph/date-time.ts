import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** RFC 3339 with a time zone, as clients may send it. */
const PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * `DateTime`: resolvers give epoch milliseconds, a Date or RFC 3339 text, and get a Date for an argument.
 * Clients see RFC 3339 in UTC with milliseconds.
 */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: formatDateTime,
  parseValue: parseDateTime,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw new GraphQLError('A DateTime is a string', { nodes: node });
    return parseDateTime(node.value);
  },
});

function formatDateTime(value: unknown): string {
  const date = value instanceof Date ? value : typeof value === 'number' ? new Date(value) : parsed(value);
  if (date === null || Number.isNaN(date.getTime()))
    throw new TypeError('A DateTime is made of a Date, epoch milliseconds or RFC 3339 text');
  return date.toISOString();
}

function parseDateTime(value: unknown): Date {
  const date = parsed(value);
  if (date === null || Number.isNaN(date.getTime())) {
    throw new GraphQLError('A DateTime looks like 2026-11-22T17:00:00.000Z');
  }
  return date;
}

function parsed(value: unknown): Date | null {
  return typeof value === 'string' && PATTERN.test(value) ? new Date(value) : null;
}
