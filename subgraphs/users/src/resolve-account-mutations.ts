import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import type { Account } from './account.ts';
import { changeState } from './change-state.ts';
import { confirmPassword } from './confirm-password.ts';
import type { UsersDeps } from './deps.ts';
import { editProfile } from './edit-profile.ts';
import { eraseAccount } from './erase-account.ts';
import type { OrErrors } from './register.ts';
import { requireSession } from './require-session.ts';
import { wrongPassword } from './user-errors.ts';

type Names = 'editProfile' | 'deactivateAccount' | 'reactivateAccount' | 'eraseAccount';

export function createAccountMutations(deps: UsersDeps): Pick<MutationResolvers, Names> {
  return {
    editProfile: async (_parent, { input }, { call }) => {
      const userId = await requireSession(deps, call);
      return presentUser(await editProfile(deps, userId, input));
    },

    deactivateAccount: async (_parent, { input }, { call }) => {
      const userId = await requireSession(deps, call);
      if (!(await confirmPassword(deps, userId, input.password))) return { userErrors: [wrongPassword('password')] };
      return presentUser(await changeState(deps, userId, 'deactivate'));
    },

    reactivateAccount: async (_parent, _args, { call }) => {
      const userId = await requireSession(deps, call);
      return presentUser(await changeState(deps, userId, 'reactivate'));
    },

    eraseAccount: async (_parent, { input }, { call }) => {
      const viewerId = requireViewer(call);
      // From the store: who erased it may have died before the cache was told, and the session is gone.
      if ((await deps.reader.findMany([viewerId])).get(viewerId)?.state === 'erased') {
        await deps.accounts.invalidate([viewerId]);
        return { erasedUserId: viewerId, userErrors: [] };
      }
      const userId = await requireSession(deps, call);
      if (!(await confirmPassword(deps, userId, input.password))) return { userErrors: [wrongPassword('password')] };
      await eraseAccount(deps, userId);
      return { erasedUserId: userId, userErrors: [] };
    },
  };
}

function presentUser(outcome: OrErrors<Account>) {
  return outcome.ok ? { user: outcome.value, userErrors: [] } : { userErrors: outcome.errors };
}
