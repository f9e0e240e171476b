/** Remembers the nonces of calls that change something, so that none is taken twice. */
export type NonceStore = {
  /** False if the nonce was claimed before. It is remembered for at least `ttlMs`. */
  claim(nonce: string, ttlMs: number): Promise<boolean>;
};

/** Nonces of this process alone: enough where one instance serves. */
export function createMemoryNonces({ now = () => performance.now() }: { now?: () => number } = {}): NonceStore {
  /** Nonce → when it may be forgotten, in the order of their claims. */
  const claimed = new Map<string, number>();
  return {
    async claim(nonce, ttlMs) {
      for (const [old, until] of claimed) {
        if (until > now()) break;
        claimed.delete(old);
      }
      if (claimed.has(nonce)) return false;
      claimed.set(nonce, now() + ttlMs);
      return true;
    },
  };
}
