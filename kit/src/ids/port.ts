/** Mints ids under a leased node number. Never the same id twice, never one below the last. */
export type Minter = {
  /**
   * `marked` sets the layout's mark bit.
   * Throws StarlingError UNAVAILABLE if the lease has run out or the clock has gone back further than the minter waits out.
   */
  mint(options?: { marked?: boolean }): string;
  /** Resolves when the lease is given back. */
  close(): Promise<void>;
};

/** How an id is put together; the owner of the ids brings it. `atMs` is epoch milliseconds. */
export type IdLayout = {
  nodes: number;
  perMillisecond: number;
  compose(parts: { atMs: number; node: number; sequence: number; marked: boolean }): string;
};
