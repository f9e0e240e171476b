import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** RFC 3339 with a time zone, as clients may send it. */
const PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * `DateTime`: a Date to resolvers, which give and get it; RFC 3339 to clients, who are given UTC with milliseconds.
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
  if (!(value instanceof Date)) throw new TypeError('A resolver gives a DateTime as a Date');
  return value.toISOString();
}

function parseDateTime(value: unknown): Date {
  const date = typeof value === 'string' && PATTERN.test(value) ? new Date(value) : null;
  if (date === null || Number.isNaN(date.getTime())) {
    throw new GraphQLError('A DateTime looks like 2026-11-22T17:00:00.000Z');
  }
  return date;
}
