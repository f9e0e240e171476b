import { expect, test } from 'vitest';
import { timelineConfig } from './config.ts';

test('half a configuration is refused', () => {
  expect(timelineConfig.safeParse({ kept: 900, trimAbove: 800 }).success).toBe(false);
  expect(timelineConfig.safeParse({ kept: 'many' }).success).toBe(false);
});

test('lists that could not be read whole, and so not be audited, are refused', () => {
  expect(timelineConfig.safeParse({ trimAbove: 5_000 }).success).toBe(true);
  const refused = timelineConfig.safeParse({ trimAbove: 5_001 });
  expect(refused.error?.issues).toEqual([
    expect.objectContaining({ path: ['trimAbove'], message: expect.stringContaining('5000') }),
  ]);
});
