import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from './find-user.ts';

/** Hides a person from everybody else, or shows them again; answers what there is to say. Throws an Error if it cannot be. */
export async function changeUser(
  { services, operators, drain }: Pick<Stack, 'services' | 'operators' | 'drain'>,
  step: 'suspend' | 'unsuspend',
  name: string,
): Promise<string> {
  const { id, handle, state } = await findUser(services.users, name);
  if ((state === 'suspended') === (step === 'suspend')) return `${present(handle, state)} already.`;
  const refusal = await operators[step](id);
  if (refusal !== null) throw new Error(`@${handle} cannot be ${step}ed: ${refusal}`);
  await drain();
  return `${present(handle, (await findUser(services.users, handle)).state)} now.`;
}

/** Who hid the account before it was suspended stays hidden. */
function present(handle: string, state: string): string {
  return `@${handle} is ${state}${state === 'deactivated' ? ' by the owner' : ''}`;
}
