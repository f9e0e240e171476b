/** The partition of a key, as Kafka's own clients choose it: murmur2 of its UTF-8 bytes. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** MurmurHash2 by Austin Appleby, 32 bits, signed. */
export function murmur2(bytes: Buffer): number {
  let hash = SEED ^ bytes.length;
  const wholeWords = bytes.length & ~3;
  for (let at = 0; at < wholeWords; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER);
  }
  if (wholeWords < bytes.length) {
    hash ^= bytes.readUIntLE(wholeWords, bytes.length - wholeWords);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
