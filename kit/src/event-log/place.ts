export type Place = { topic: string; partition: number };

/** Everything below the offset is handled. */
export type Position = Place & { offset: bigint };

export function keyOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}
