import type { Id } from '@starling/domain/ids.ts';
import type { DeliveredSlice } from './port.ts';

export type SlicePlace = Pick<DeliveredSlice, 'afterId' | 'lastId'>;

/**
 * The same text for the same slice of an entry. Its two ends have a blank between them, so that the release before, which takes this
 * for the slice's number, reads 0 for a slice that has all followers.
 */
export function encodePlace({ afterId, lastId }: SlicePlace): string {
  return `${afterId} ${lastId ?? ''}`;
}

/**
 * The release before noted a slice by its number: it is put between ids that nobody has, so that such slices follow one another,
 * though none of them is followed by a slice with a place.
 */
export function decodePlace(text: string, isLast: boolean): SlicePlace {
  const [afterId = '', lastId] = text.split(' ');
  if (lastId !== undefined) return { afterId, lastId: lastId === '' ? null : lastId };
  const number = Number(text);
  return { afterId: number === 0 ? '' : idOfNobody(number), lastId: isLast ? null : idOfNobody(number + 1) };
}

function idOfNobody(number: number): Id {
  return String(number).padStart(19, '0');
}
