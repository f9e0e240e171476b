import { page, type Page } from '@starling/kit/cursor.ts';

export type PageSource<Item, Node> = {
  first: number;
  /** Place of the last item examined so far; null at the start. */
  after: Item | null;
  /** Up to `limit` items beyond a place. */
  read(after: Item | null, limit: number): Promise<Item[]>;
  /** What of the items the viewer may see, in their order; null for what is dropped. */
  show(items: readonly Item[]): Promise<(Node | null)[]>;
  cursorOf(item: Item): string;
};

/** Rounds of reading a page may cost; after them it stays short, with more beyond. */
const MAX_ROUNDS = 4;

/** A page of what may be shown, filled up after dropping. `endCursor` is the last item examined. */
export async function fillPage<Item, Node>(
  source: PageSource<Item, Node>,
): Promise<Page<{ cursor: string; node: Node }>> {
  const { first, read, show, cursorOf } = source;
  const edges: { cursor: string; node: Node }[] = [];
  let place = source.after;
  let hasNextPage = true;
  for (let round = 0; round < MAX_ROUNDS && hasNextPage && edges.length < first; round += 1) {
    const wanted = first - edges.length;
    const items = await read(place, wanted + 1);
    hasNextPage = items.length > wanted;
    const examined = items.slice(0, wanted);
    const nodes = await show(examined);
    examined.forEach((item, index) => {
      const node = nodes[index] ?? null;
      if (node !== null) edges.push({ cursor: cursorOf(item), node });
    });
    place = examined.at(-1) ?? place;
  }
  return page(edges, { hasNextPage, endCursor: place === null ? null : cursorOf(place) });
}
