// Before every start and test: installs and generates what is missing or out of date, and is quiet otherwise.
// Runs on whatever Node the machine has; everything after it runs on the Node that npm installs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.cache/starling/installed-lockfile.json');

checkVersions();
if (!isInstalled()) install();
await generate();

function checkVersions() {
  const node = Number(process.versions.node.split('.')[0]);
  if (node < 20) stop(`Starling needs Node 20 or newer to install itself, this is ${process.version}.`);
  const agent = process.env.npm_config_user_agent ?? 'npm/10';
  const npm = /^npm\/(\d+)/.exec(agent);
  if (!npm) stop(`Starling is installed with npm, not with ${agent.split(' ')[0]}.`);
  if (Number(npm[1]) < 10) stop(`Starling needs npm 10 or newer, this is ${npm[1]}: run \`npm install -g npm@11\`.`);
}

/** Whether node_modules is what package-lock.json says, by the copy of it that npm itself or the last run left there. */
function isInstalled() {
  const hidden = join(modules, '.package-lock.json');
  if (!existsSync(hidden) || !existsSync(nodeOfStarling())) return false;
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return true;
  if (!agree(JSON.parse(lockfile).packages, JSON.parse(readFileSync(hidden, 'utf8')).packages)) return false;
  remember(lockfile);
  return true;
}

/** Optional packages of other platforms are wanted and not there, which is right. */
function agree(wanted, present) {
  const isSame = ([path, { version, optional, peer }]) =>
    !path.includes('node_modules/') || (present[path] ? present[path].version === version : optional || peer);
  return Object.entries(wanted).every(isSame) && Object.keys(present).every((path) => path in wanted);
}

function install() {
  console.log('Installing packages: once, and whenever package-lock.json changes. About a minute …');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(root));
  const systemNode = path.map((folder) => join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath;
  const npm = process.env.npm_execpath;
  const environment = { ...process.env, PATH: path.join(delimiter) };
  // The tools are needed in production too: code is generated and types are stripped here.
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const { status, error } = npm
    ? spawnSync(realpathSync(systemNode), [npm, ...options], { cwd: root, env: environment, stdio: 'inherit' })
    : spawnSync('npm', options, { cwd: root, env: environment, stdio: 'inherit' });
  if (error || status !== 0) stop(`npm ci failed${error ? `: ${error.message}` : ''}. What it says is above.`);
  if (!existsSync(nodeOfStarling()))
    stop('npm ci left out Node 24: are install scripts switched off (ignore-scripts)?');
  remember(readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

function remember(lockfile) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockfile);
}

async function generate() {
  const { buildSteps, finalSteps, generateSteps, isStale } = await import('./build-steps.mjs');
  if (![...generateSteps(), ...buildSteps(), ...finalSteps()].some(isStale)) return;
  console.log('Generating code …');
  const { status } = spawnSync(nodeOfStarling(), ['scripts/generate.mjs', '--all'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) stop('Generating code failed.');
}

function nodeOfStarling() {
  return join(modules, process.platform === 'win32' ? 'node/bin/node.exe' : 'node/bin/node');
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
