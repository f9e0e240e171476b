import { describe, expect, test, vi } from 'vitest';
import { mapIterator } from './map-iterator.ts';

describe('a source is ended, as nobody ends what has thrown,', () => {
  test('when it has thrown', async () => {
    const source = sourceOf(() => Promise.reject(new Error('broken')));
    await expect(mapIterator(source, { map: String }).next()).rejects.toThrow('broken');
    expect(source.return).toHaveBeenCalledTimes(1);
  });

  test('when the last element says that it has thrown', async () => {
    const source = sourceOf(() => Promise.reject(new Error('broken')));
    const mapped = mapIterator(source, { map: String, lastOnError: () => 'last' });
    expect(await mapped.next()).toEqual({ done: false, value: 'last' });
    expect(await mapped.next()).toEqual({ done: true, value: undefined });
    expect(source.return).toHaveBeenCalledTimes(1);
  });

  test('when an element could not be mapped, whether it can be ended or not', async () => {
    const source = sourceOf(async () => ({ done: false, value: 1 }));
    source.return.mockRejectedValue(new Error('cannot be ended'));
    const map = () => {
      throw new Error('unreadable');
    };
    const mapped = mapIterator(source, { map });
    await expect(mapped.next()).rejects.toThrow('unreadable');
    expect(source.return).toHaveBeenCalledTimes(1);
    expect(await mapped.next()).toEqual({ done: true, value: undefined });
  });
});

function sourceOf(next: () => Promise<IteratorResult<number>>) {
  return { next, return: vi.fn(async (): Promise<IteratorResult<number>> => ({ done: true, value: undefined })) };
}
