/** What the indexes and aliases of one search index are called. */
export type IndexNames = {
  /** The alias that is searched. */
  base: string;
  /** `<base>-v<n>`: the documents, made anew by every rebuild. */
  version(n: number): string;
  /** An alias that an index has as long as it takes writes; with it gone, a write cannot make an index by accident. */
  writeAlias(n: number): string;
  /** Matches every write alias, and perhaps others'. */
  writeAliases: string;
  /** Matches every version's index, and perhaps others'. */
  versions: string;
  /** The version whose write alias, or whose index, it is; null for what is none of ours. */
  versionOf(aliasOrIndex: string): number | null;
  /** Keywords whose documents stay out; outlives rebuilds. */
  barred: string;
};

const BASE_PATTERN = /^[a-z][a-z0-9_-]{0,99}$/;

export function namesOf(base: string): IndexNames {
  if (!BASE_PATTERN.test(base)) throw new RangeError(`Not a name for a search index: ${JSON.stringify(base)}`);
  const prefix = `${base}-v`;
  const suffix = '-write';
  return {
    base,
    version: (n) => `${prefix}${n}`,
    writeAlias: (n) => `${prefix}${n}${suffix}`,
    writeAliases: `${prefix}*${suffix}`,
    versions: `${prefix}*`,
    versionOf(name) {
      if (!name.startsWith(prefix)) return null;
      const n = name.slice(prefix.length).replace(suffix, '');
      return /^\d+$/.test(n) ? Number(n) : null;
    },
    barred: `${base}-barred`,
  };
}
