import { HOME_ABSENCES, HOME_KINDS } from '@starling/domain/home-timeline.ts';
import { REASONS } from '@starling/domain/visibility.ts';
import { readSubgraphs } from '@starling/schema/compose.ts';
import { USER_ERROR_CODES } from '@starling/schema/error-codes.ts';
import { type EnumTypeDefinitionNode, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

describe('closed lists', () => {
  const errorCodes = declarationsOf('UserErrorCode');

  it.each(errorCodes)('UserErrorCode of $subgraph has exactly the codes of error-codes.ts', ({ values }) => {
    expect(values.toSorted()).toEqual([...USER_ERROR_CODES].toSorted());
  });

  it('every subgraph with user errors was looked at', () => {
    const withErrors = readSubgraphs().filter(({ sdl }) => sdl.includes('userErrors'));
    expect(errorCodes.map(({ subgraph }) => subgraph)).toEqual(withErrors.map(({ name }) => name));
  });

  it('UnavailableReason has exactly the reasons of the visibility table', () => {
    const declarations = declarationsOf('UnavailableReason');
    expect(declarations).toHaveLength(1);
    // A muted author's tweets drop or show, they never leave a tombstone; the reason is in the enum all the same.
    expect(declarations[0]?.values.toSorted()).toEqual([...REASONS].toSorted());
  });

  it('a home timeline’s reasons and absences are those of its definition, of the visibility table, of delivery and of collapsing', () => {
    expect(declarationsOf('HomeTimelineReasonKind').map(({ values }) => values)).toEqual([[...HOME_KINDS]]);
    expect(declarationsOf('HomeTimelineAbsenceCause').map(({ values }) => values.toSorted())).toEqual([
      [...HOME_ABSENCES, ...REASONS, 'NOT_DELIVERED_YET', 'RETWEET_COLLAPSED'].toSorted(),
    ]);
  });
});

function declarationsOf(enumName: string): { subgraph: string; values: string[] }[] {
  return readSubgraphs().flatMap(({ name, sdl }) =>
    parse(sdl)
      .definitions.filter(
        (node): node is EnumTypeDefinitionNode =>
          node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === enumName,
      )
      .map((node) => ({ subgraph: name, values: (node.values ?? []).map((value) => value.name.value) })),
  );
}
