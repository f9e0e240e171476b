import { expect, test, vi } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { createRecentReaders } from './recent-readers.ts';
import { scheduleAudits, type AuditorDeps } from './schedule-audits.ts';
import { createProduct } from './testing/product.ts';
import { openTestTimeline } from './testing/test-timeline.ts';
import { createWorld, type Person } from './testing/world.ts';

function setUp(deps: Partial<AuditorDeps> = {}) {
  const world = createWorld(2);
  const [viewer, ann] = world.people as [Person, Person];
  const product = createProduct(world);
  world.follow(viewer, ann);
  const told: string[] = [];
  const tell = (level: string) => (_: object, message: string) => void told.push(`${level}: ${message}`);
  const logger = { warn: tell('warn'), error: tell('error') };
  const readers = createRecentReaders();
  const dueBefore = async () => world.now();
  const given = { ...product.deps, readers, logger, auditEveryMs: 1, auditGraceMs: 0, dueBefore, ...deps };
  return { world, viewer, ann, product, told, readers, start: () => scheduleAudits(given) };
}

const counted = async (result: string) =>
  Number(
    new RegExp(`^starling_timeline_audits_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(await metricsText())?.[1],
  );

test('who has read is audited, once for each read, and counted', async () => {
  const { world, viewer, ann, product, told, readers, start } = setUp();
  await product.home(viewer.id, 5);
  world.post(ann);
  world.advance(1);
  readers.note(viewer.id);
  const before = Number.isNaN(await counted('repaired')) ? 0 : await counted('repaired');
  const audits = start();
  await vi.waitFor(async () => expect(await counted('repaired')).toBe(before + 1));
  await audits.stop();
  expect(told).toEqual(['error: A home timeline had a hole; it is built anew']);
  expect(readers.draw()).toBeNull();
});

test('a store that is away is told of and counted, and the next one is tried', async () => {
  const graph = { getRelations: () => Promise.reject(new StarlingError('UNAVAILABLE', 'away')) };
  const { viewer, readers, told, start } = setUp({ graph });
  const audits = start();
  const before = await counted('failed');
  readers.note(viewer.id);
  await vi.waitFor(() => expect(told).toEqual(['warn: A timeline could not be audited']));
  readers.note(viewer.id);
  await vi.waitFor(() => expect(told).toHaveLength(2));
  await audits.stop();
  expect(await counted('failed')).toBe(before + 2);
});

test('the subgraph as it is opened takes nothing for a hole while the log has records before the fan-out', async () => {
  const world = createWorld(2);
  const [viewer, ann] = world.people as [Person, Person];
  world.follow(viewer, ann);
  const lag: EventLog['lag'] = async (_, [topic = '']) => [{ topic, partition: 0, committed: 0n, end: 1n }];
  const log = { lag, publish: async () => [], read: async () => [], aheadOfCommits: 0 };
  const settings = { auditEveryMs: 1, auditGraceMs: 0 };
  const timeline = await openTestTimeline(world, settings, { redis: null, log });
  const [late, repaired] = [await counted('late'), await counted('repaired')];
  const read = () => timeline.ask(viewer, '{ homeTimeline(first: 9) { edges { node { id } } } }', {});
  await read();
  world.post(ann);
  world.advance(1);
  await vi.waitFor(async () => {
    await read();
    expect(await counted('late')).toBeGreaterThan(late);
  });
  await timeline.close();
  expect(await counted('repaired')).toBe(repaired);
});

test('every result is told from the start', async () => {
  await setUp().start().stop();
  for (const result of ['right', 'repaired', 'late', 'skipped', 'failed'])
    expect(await counted(result)).toBeGreaterThanOrEqual(0);
});

test('none is done where none is wanted', async () => {
  const { viewer, readers, start } = setUp({ auditEveryMs: 0 });
  readers.note(viewer.id);
  await start().stop();
  expect(readers.draw()).toBe(viewer.id);
});
