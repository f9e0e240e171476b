import type { Id } from '@starling/domain/ids.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timelineConfig } from './config.ts';
import { createProduct } from './testing/product.ts';
import { createWorld } from './testing/world.ts';

/** One life of a few people in three installations, which differ in how tweets reach timelines and in nothing that shows. */
const MODES = timelineConfig.shape.delivery.unwrap().options;
const PEOPLE = 4;

const who = fc.nat({ max: PEOPLE - 1 });
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('post' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retweet' as const), who, which: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const), which: fc.nat({ max: 20 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('follow' as const), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unfollow' as const), who, other: who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fame' as const), who, on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 25_000, 61_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.nat({ max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), who }) },
);

test('pushing, pulling and both together give the same timelines once everything is delivered', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }),
      fc.nat(4),
      async (steps, spare) => {
        const world = createWorld(PEOPLE);
        const limits = { kept: 3 + spare, trimAbove: 4 + spare, maxTimelines: PEOPLE };
        const products = MODES.map((delivery) =>
          createProduct(world, { delivery, limits, followersASlice: 1, scanBudget: (first) => first + 50 }),
        );
        const person = (index: number) => world.people[index]!;
        const tweets: EntryFacts[] = [];
        const undo = (tweet?: EntryFacts) => tweet && world.undo(tweet);
        let delivered = 0;
        const deliver = async (count: number) => {
          const batch = world.events.slice(delivered, delivered + count);
          for (const product of products) await product.deliver(batch);
          delivered += batch.length;
        };
        const deliverSlices = async (most: number) => {
          for (const { slices } of products)
            for (let left = most; left > 0 && slices.count() > 0; left -= 1) await slices.deliver();
        };
        const homes = (viewerId: Id) => Promise.all(products.map((product) => product.wholeHome(viewerId, 4)));
        for (const each of steps) {
          const tweet = 'which' in each ? tweets.at(-1 - each.which) : undefined;
          if (each.do === 'post') tweets.push(world.post(person(each.who)));
          else if (each.do === 'retweet') tweets.push(...(tweet ? [world.retweet(person(each.who), tweet)] : []));
          else if (each.do === 'undo') undo(tweet);
          else if (each.do === 'follow') world.follow(person(each.who), person(each.other));
          else if (each.do === 'unfollow') world.unfollow(person(each.who), person(each.other));
          else if (each.do === 'fame') world[each.on ? 'beginFame' : 'endFame'](person(each.who));
          else if (each.do === 'wait') world.advance(each.ms);
          else if (each.do === 'deliver') await deliver(each.count).then(() => deliverSlices(each.count));
          else await homes(person(each.who).id);
        }
        await deliver(world.events.length);
        await deliverSlices(Infinity);
        for (const viewer of world.people) {
          const [first, ...others] = await homes(viewer.id);
          expect(first).toEqual(world.homeOf(viewer));
          for (const other of others) expect(other).toEqual(first);
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
