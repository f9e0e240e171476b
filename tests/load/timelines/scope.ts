/** What is open, so that it is closed whichever way the bench ends. */
export type Scope = {
  /** Closes it when the work is over. */
  use<Resource extends Closable, Result>(
    opening: Promise<Resource>,
    work: (resource: Resource) => Promise<Result>,
  ): Promise<Result>;
  /** Everything that is open or about to be, the last one first. */
  closeAll(): Promise<void>;
};

type Closable = { close(): Promise<void> };

export function createScope(): Scope {
  const open: (() => Promise<void>)[] = [];
  return {
    async use(opening, work) {
      const close = closeOnce(opening);
      open.push(close);
      try {
        return await work(await opening);
      } finally {
        await close();
        open.splice(open.indexOf(close), 1);
      }
    },
    async closeAll() {
      for (const close of open.toReversed()) await close();
    },
  };
}

/** A signal may come while it opens or closes. What could not be opened has closed itself. */
function closeOnce(opening: Promise<Closable>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = () =>
    opening.then(
      (resource) => resource.close(),
      () => undefined,
    );
  return () => (closing ??= close());
}
