import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  bindMigrationAwareSqlAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Oids of Postgres' internal one-byte "char", which only catalogues use, and of its array, which nobody uses. */
const INTERNAL_CHAR = 18;
const INTERNAL_CHAR_ARRAY = 1002;

type Target = { tag: string; files: { path: string; content: string }[]; configDir?: string };
type DiffParameters = {
  from: Target;
  to: Target;
  script: boolean;
  exitCode: boolean;
  filters: { externalTables: string[]; externalEnums: string[] };
};
type SchemaEngine = { diff(parameters: DiffParameters): Promise<{ stdout: string | null }>; free(): void };
type Exports = Record<string, unknown>;
declare const WebAssembly: {
  instantiate(binary: Uint8Array, imports: object): Promise<{ instance: { exports: Exports } }>;
};
type Glue = {
  __wbg_set_wasm(exports: Exports): void;
  SchemaEngine: { new: (options: object, log: () => void, adapter: object) => Promise<SchemaEngine> };
};

/**
 * The SQL that would bring a database to what a Prisma schema says; empty text if it is there already.
 * Prisma's own engine, in the form that needs no download.
 */
export async function diffDatabase(url: string, schemaPath: string): Promise<string> {
  const pool = new CataloguePool({ connectionString: url, max: 2 });
  const engine = await openEngine(pool);
  const files = [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }];
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    return (stdout ?? '').replace('-- This is an empty migration.', '').trim();
  } finally {
    engine.free();
    await pool.end();
  }
}

let loaded: Promise<Glue> | undefined;

async function openEngine(pool: pg.Pool): Promise<SchemaEngine> {
  loaded ??= loadEngine();
  const { SchemaEngine } = await loaded;
  const adapter = bindMigrationAwareSqlAdapterFactory(catalogueAdapter(pool));
  return SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
}

/** Once a process: the engine's JavaScript side keeps the memory of one instance. */
async function loadEngine(): Promise<Glue> {
  const gluePath = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const glue = (await import(gluePath)) as Glue;
  const binary = await readFile(gluePath.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return glue;
}

/** The adapter has no name for "char", so the pool says array of it, and the adapter's answer is put right after. */
class CataloguePool extends pg.Pool {
  override query = (async (config: pg.QueryConfig) => {
    const result = await super.query(config);
    for (const field of result.fields) if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = INTERNAL_CHAR_ARRAY;
    return result;
  }) as pg.Pool['query'];
}

function catalogueAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  const connect = async () => {
    const adapter = await factory.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const answer = await queryRaw(query);
      const columnTypes = answer.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
      return { ...answer, columnTypes };
    };
    return adapter;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: connect };
}
