/** The databases of the constellation: one per owner of facts, one for the search index, one for the event log. */
export const DATABASE_NAMES = ['users', 'graph', 'tweets', 'search', 'log'] as const;
export type DatabaseName = (typeof DATABASE_NAMES)[number];

/** Connection URLs; the databases exist. */
export type Databases = Readonly<Record<DatabaseName, string>>;

type Server = { createDatabase(name: string): Promise<void>; url(name: string): string };

/** Creates what is missing on one server, as `<prefix><name>`. */
export async function createDatabases(server: Server, prefix = 'starling_'): Promise<Databases> {
  const entries = await Promise.all(
    DATABASE_NAMES.map(async (name) => {
      await server.createDatabase(prefix + name);
      return [name, server.url(prefix + name)] as const;
    }),
  );
  return Object.fromEntries(entries) as Databases;
}
