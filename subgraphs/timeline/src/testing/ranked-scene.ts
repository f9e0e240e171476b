import type { Id } from '@starling/domain/ids.ts';
import { createWorld, type Person } from './world.ts';

/** Somebody who follows two people, and not a third one. */
export function createRankedScene() {
  const world = createWorld(4);
  const [viewer, author, friend, stranger] = world.people as [Person, Person, Person, Person];
  world.follow(viewer, author);
  world.follow(viewer, friend);
  return { world, viewer, author, friend, stranger };
}

/** Nothing is short because too much was hidden. */
export const PLENTY = { scanBudget: () => 1_000 };

export const idsOf = (entries: readonly { id: Id }[]) => entries.map(({ id }) => id);
