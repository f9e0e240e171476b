import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import type { FanOutDeps } from './fan-out.ts';
import { createProduct, FAN_OUT } from './testing/product.ts';
import { createSliceLog } from './testing/slice-log.ts';
import { createWorld, type Person } from './testing/world.ts';
import type { Delivery } from './timeline-store/port.ts';

test('a big push begins with some followers, and goes on when the tweets that its process has in hand are done', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const world = createWorld(2);
  const [star, other] = world.people as [Person, Person];
  const followers = Array.from({ length: 900 }, (_, index) => String(1_000 + index));
  const hold = Promise.withResolvers<undefined>();
  const graph: FanOutDeps['graph'] = {
    async *streamFollowers(_, { userId, afterId }) {
      if (userId === other.id) await hold.promise;
      else yield { ids: followers.filter((id) => id > afterId).slice(0, 500) };
    },
  };
  let pushed = 0;
  const push = async (deliveries: readonly Delivery[]) =>
    deliveries.map(({ followerIds }) => {
      pushed += followerIds.length;
      return 0;
    });
  const { deps } = createProduct(world);
  const log = createSliceLog();
  const tuning = { ...FAN_OUT, followersAPage: 500, followersASlice: 2_000, deliveriesAPush: 10_000, log };
  const [tweets, slices] = timelineConsumers({
    ...deps,
    ...tuning,
    graph: { ...deps.graph, ...graph },
    store: { ...deps.store, push },
  });
  world.post(star);
  await tweets!.handle(world.events.splice(0));
  expect(pushed).toBe(500);

  world.post(other);
  const inHand = tweets!.handle(world.events.splice(0));
  const slice = log.deliverOne(0, (batch) => slices!.handle(batch));
  await nextTurn();
  await nextTurn();
  expect(pushed).toBe(500);
  hold.resolve(undefined);
  await Promise.all([inHand, slice]);
  expect(pushed).toBe(900);
});
