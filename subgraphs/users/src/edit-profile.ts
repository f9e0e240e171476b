import {
  checkBio,
  checkHandle,
  checkLocation,
  checkName,
  checkNewHandle,
  checkWebsite,
  handleKey,
} from '@starling/domain/profile.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { Account, Profile } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import { profileEvent } from './publishes.ts';
import type { OrErrors } from './register.ts';
import type { AccountWriter, Change } from './store/account-writer.ts';
import { createForm, notActive, taken, userError } from './user-errors.ts';

/** Absent: stays. Null: removes a website, empties a bio or location; a handle, a name and privacy must be something. */
export type EditProfileInput = { [Field in keyof Profile]?: Profile[Field] | null };

type Deps = { writer: Pick<AccountWriter, 'change'>; accounts: Pick<CachedAccounts, 'invalidate'>; now(): number };

/** A change that changes nothing raises no revision and tells nobody. */
export async function editProfile(deps: Deps, userId: string, input: EditProfileInput): Promise<OrErrors<Account>> {
  const { patch, errors } = readInput(input);
  if (errors.length > 0) return { ok: false, errors };
  let refusal: UserError[] = [];
  const outcome = await deps.writer.change(userId, (current) => {
    refusal = [...notActive(current), ...checkReserved(current, patch)];
    return refusal.length > 0 ? null : planEdit(current, patch, deps.now());
  });
  // Also if nothing changed: who made the change that stands may not have answered.
  await deps.accounts.invalidate([userId]);
  if (outcome === null) return { ok: false, errors: [userError('NOT_FOUND', null, 'There is no such account.')] };
  if ('taken' in outcome) return { ok: false, errors: [taken(outcome.taken)] };
  if (refusal.length > 0) return { ok: false, errors: refusal };
  return { ok: true, value: outcome.account };
}

function readInput(input: EditProfileInput): { patch: Partial<Profile>; errors: UserError[] } {
  const form = createForm();
  const patch: Partial<Profile> = {};
  const { handle, name, bio, location, website, isPrivate } = input;
  if (handle !== undefined) patch.handle = form.take('handle', checkHandle(handle ?? ''));
  if (name !== undefined) patch.name = form.take('name', checkName(name ?? ''));
  if (bio !== undefined) patch.bio = form.take('bio', checkBio(bio ?? ''));
  if (location !== undefined) patch.location = form.take('location', checkLocation(location ?? ''));
  if (website !== undefined) patch.website = website === null ? null : form.take('website', checkWebsite(website));
  if (isPrivate === null) form.errors.push(userError('MALFORMED', 'isPrivate', 'Say true or false.'));
  else if (isPrivate !== undefined) patch.isPrivate = isPrivate;
  return { patch, errors: form.errors };
}

/** Who has a reserved handle, from an import, keeps it and may write it another way; nobody else gets one. */
function checkReserved(current: Account, { handle }: Partial<Profile>): UserError[] {
  if (handle === undefined || handleKey(handle) === handleKey(current.handle)) return [];
  const form = createForm();
  form.take('handle', checkNewHandle(handle));
  return form.errors;
}

function planEdit(current: Account, patch: Partial<Profile>, nowMs: number): Change | null {
  const fields = Object.keys(patch) as (keyof Profile)[];
  if (fields.every((field) => patch[field] === current[field])) return null;
  return { patch, event: (changed) => profileEvent('user.changed', changed, nowMs) };
}
