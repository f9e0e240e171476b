/** How a namespace's topics and groups are called on a server that several installations share. */
export type Names = {
  topic(name: string): string;
  group(name: string): string;
  /** The bare name of a topic of this namespace. */
  bare(topic: string): string;
};

/** What Kafka takes as a name. */
const LEGAL = /^[a-zA-Z0-9._-]{1,100}$/;

export function createNames(namespace: string): Names {
  if (!LEGAL.test(namespace)) throw new Error(`${namespace} is no namespace: letters, digits, dots and dashes, please`);
  const prefix = `${namespace}.`;
  const prefixed = (name: string) => prefix + name;
  return { topic: prefixed, group: prefixed, bare: (topic) => topic.slice(prefix.length) };
}
