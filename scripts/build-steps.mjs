// Plain JavaScript without dependencies: it also runs before anything is installed, on the system's Node.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
const tool = (path) => join(root, 'node_modules', path);

/**
 * What is made from sources and not committed. A step runs again when the content of an input changes.
 * @typedef {{ name: string, inputs: string[], outputs: string[], command: string[], cwd?: string }} Step
 * @returns {Step[]}
 */
export function generateSteps() {
  const subgraphs = foldersWith('subgraphs', 'schema.graphql');
  return [
    {
      name: 'rpc',
      inputs: ['buf.yaml', 'buf.gen.yaml', 'schema/rpc'],
      outputs: filesIn('schema/rpc').map((file) => file.replace('rpc/', 'generated/rpc/').replace('.proto', '.ts')),
      command: [tool('@bufbuild/buf/bin/buf'), 'generate'],
    },
    {
      name: 'resolvers',
      inputs: ['codegen.ts', ...subgraphs.map((name) => `subgraphs/${name}/schema.graphql`)],
      outputs: subgraphs.map((name) => `subgraphs/${name}/generated/resolvers.ts`),
      command: [tool('@graphql-codegen/cli/esm/bin.js'), '--config', 'codegen.ts'],
    },
    ...foldersWith('prisma', 'schema.prisma').map((name) => ({
      name: `prisma-${name}`,
      inputs: ['prisma.config.ts', `prisma/${name}/schema.prisma`],
      outputs: [`prisma/${name}/generated/client.ts`],
      command: [tool('prisma/build/index.js'), 'generate', '--no-hints', '--schema', `prisma/${name}/schema.prisma`],
    })),
  ];
}

/** @returns {Step[]} */
export function buildSteps() {
  if (!existsSync(join(root, 'web/vite.config.ts'))) return [];
  return [
    {
      name: 'web',
      inputs: ['web/index.html', 'web/package.json', 'web/vite.config.ts', 'web/src'],
      outputs: ['web/dist/index.html'],
      command: [tool('vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
      cwd: 'web',
    },
  ];
}

/** What needs the generated code. @returns {Step[]} */
export function finalSteps() {
  return [
    {
      name: 'warm-up',
      inputs: ['scripts/warm-up.mjs', 'scripts/production.mjs'],
      outputs: ['node_modules/.cache/starling/compiled'],
      command: ['--import', './scripts/production.mjs', 'scripts/warm-up.mjs'],
    },
  ];
}

/** @param {Step} step */
export function isStale(step) {
  if (!step.outputs.every((path) => existsSync(join(root, path)))) return true;
  return !existsSync(stampOf(step)) || readFileSync(stampOf(step), 'utf8') !== digestOf(step);
}

/** @param {Step} step @param {string} digest of the inputs that the outputs were made from */
export function markDone(step, digest) {
  mkdirSync(dirname(stampOf(step)), { recursive: true });
  writeFileSync(stampOf(step), digest);
}

/** @param {Step} step */
export function digestOf(step) {
  const hash = createHash('sha256').update(step.command.slice(1).join(' '));
  for (const path of ['package-lock.json', ...step.inputs].flatMap(filesIn)) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

const stampOf = (step) => join(root, 'node_modules/.cache/starling', step.name);

function foldersWith(parent, file) {
  return readdirSync(join(root, parent)).filter((name) => existsSync(join(root, parent, name, file)));
}

/** The file itself, or all files below a folder in a stable order. */
function filesIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}
