import { defineConfig } from 'prisma/config';

// Prisma would download its schema engine for every command; generating clients needs none, only a path that exists.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({});
