import { composeId, IDS_PER_MILLISECOND, IMPORT_NODE } from '@starling/domain/ids.ts';
import {
  checkBio,
  checkEmail,
  checkHandle,
  checkName,
  checkPassword,
  handleKey,
  type Checked,
} from '@starling/domain/profile.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createHash } from 'node:crypto';
import type { NewAccount } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import type { Passwords } from './passwords.ts';
import { profileEvent } from './publishes.ts';
import type { AccountImporter } from './store/account-importer.ts';

export type ImportedPerson = { handle: string; name: string; bio: string; createdAtMs: number };
export type ImportRequest = { people: readonly ImportedPerson[]; password: string; emailDomain: string };

type Deps = {
  importer: AccountImporter;
  accounts: Pick<CachedAccounts, 'invalidate'>;
  passwords: Pick<Passwords, 'hash'>;
};

const MAX_PEOPLE = 1000;
/** Ids of one millisecond tried for a person before the next millisecond's. */
const TRIES_PER_MILLISECOND = 8;
const MAX_ROUNDS = 64;

/**
 * Registers people in bulk. A handle that exists answers with its present id, so an import that broke off may run again.
 * Throws StarlingError BAD_USER_INPUT for what registration would refuse too (reserved handles are an operator's to give).
 */
export async function importUsers(deps: Deps, request: ImportRequest): Promise<{ ids: string[]; created: number }> {
  if (request.people.length > MAX_PEOPLE) throw badInput(`At most ${MAX_PEOPLE} people at a time`);
  const password = accept('password', checkPassword(request.password));
  const people = request.people.map((person) => checkPerson(person, request.emailDomain));
  const ids = await deps.importer.findIds(people.map(({ handle }) => handle));
  const missing = [...new Map(people.map((person) => [handleKey(person.handle), person])).values()].filter(
    ({ handle }) => !ids.has(handleKey(handle)),
  );
  const created = missing.length === 0 ? [] : await insertAll(deps, missing, await deps.passwords.hash(password));
  for (const [handle, id] of await deps.importer.findIds(missing.map(({ handle }) => handle))) ids.set(handle, id);
  await deps.accounts.invalidate([...ids.values()]);
  return { ids: people.map(({ handle }) => idOf(ids, handle)), created: created.length };
}

type Person = ImportedPerson & { email: string };

function checkPerson(person: ImportedPerson, emailDomain: string): Person {
  const handle = accept('handle', checkHandle(person.handle));
  return {
    handle,
    name: accept('name', checkName(person.name)),
    bio: accept('bio', checkBio(person.bio)),
    email: accept('e-mail address', checkEmail(`${handle}@${emailDomain}`)),
    createdAtMs: person.createdAtMs,
  };
}

/** In rounds: whose id was taken tries another one. Answers with the new ids. */
async function insertAll({ importer }: Deps, people: readonly Person[], passwordHash: string): Promise<string[]> {
  const created: string[] = [];
  let left = people;
  await refuseTakenEmails(importer, people);
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round += 1) {
    const accounts = withIds(left, round, passwordHash);
    const inserted = await importer.insertFree(accounts, (user) =>
      profileEvent('user.registered', user, user.createdAtMs),
    );
    created.push(...inserted.map(({ id }) => id));
    const known = await importer.findIds(left.map(({ handle }) => handle));
    left = left.filter(({ handle }) => !known.has(handleKey(handle)));
    await refuseTakenEmails(importer, left);
  }
  return created;
}

async function refuseTakenEmails(importer: AccountImporter, people: readonly Person[]): Promise<void> {
  const [taken] = people.length === 0 ? [] : await importer.findTakenEmails(people.map(({ email }) => email));
  if (taken !== undefined) throw badInput('Somebody else has an e-mail address of this import: choose another domain');
}

/** Backdated ids carry the moment of the account; the handle spreads people of one millisecond over its sequence. */
function withIds(people: readonly Person[], round: number, passwordHash: string): NewAccount[] {
  const used = new Set<string>();
  return people.map(({ handle, name, bio, email, createdAtMs }) => {
    let attempt = round;
    let id = candidateId(handle, createdAtMs, attempt);
    while (used.has(id)) id = candidateId(handle, createdAtMs, ++attempt);
    used.add(id);
    return { id, handle, name, bio, email, createdAtMs, passwordHash };
  });
}

function candidateId(handle: string, createdAtMs: number, attempt: number): string {
  const digest = createHash('sha256')
    .update(`${handleKey(handle)} ${attempt}`)
    .digest();
  const atMs = createdAtMs + Math.floor(attempt / TRIES_PER_MILLISECOND);
  try {
    return composeId({ atMs, node: IMPORT_NODE, sequence: digest.readUInt32BE() % IDS_PER_MILLISECOND });
  } catch {
    throw badInput('An account can be opened between 2005-08 and 2067-09 only');
  }
}

function accept(what: string, checked: Checked): string {
  if (!checked.ok) throw badInput(`Import refused, ${what}: ${checked.problem.message}`);
  return checked.value;
}

function idOf(ids: ReadonlyMap<string, string>, handle: string): string {
  const id = ids.get(handleKey(handle));
  if (id === undefined) throw new StarlingError('INTERNAL', `No free id was found for ${handle}`);
  return id;
}

function badInput(message: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message);
}
