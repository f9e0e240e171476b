import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from './find-user.ts';

/** Hides a person from everybody else, or shows them again; answers what there is to say. Throws an Error if it cannot be. */
export async function changeUser(
  { services, operators, drain }: Pick<Stack, 'services' | 'operators' | 'drain'>,
  step: 'suspend' | 'unsuspend',
  name: string,
): Promise<string> {
  const { id, handle, state } = await findUser(services.users, name);
  const wanted = step === 'suspend' ? 'suspended' : 'active';
  if (state === wanted) return `@${handle} is ${wanted} already.`;
  const refusal = await operators[step](id);
  if (refusal !== null) throw new Error(`@${handle} cannot be ${step}ed: ${refusal}`);
  await drain();
  return `@${handle} is ${wanted} now.`;
}
