import { merged, type Changes, type TestStack } from './stack-under-test.ts';

/**
 * Which one says TEST_STACK: all in this process, or a process of each kind on servers that run. Passwords are
 * hashed cheaply and searches are not cached, so that tests are quick and exact.
 */
export async function startTestStack(changes: Changes = {}): Promise<TestStack> {
  const all = merged({ users: { passwordMemoryKiB: 1_024, passwordPasses: 1 }, search: { cacheTtlMs: 0 } }, changes);
  // Loaded when wanted, as each costs a second.
  switch (process.env['TEST_STACK'] ?? 'embedded') {
    case 'embedded':
      return (await import('./embedded-test-stack.ts')).startEmbeddedTestStack(all);
    case 'servers':
      return (await import('./servers-test-stack.ts')).startServersTestStack(all);
    default:
      throw new Error('TEST_STACK may be embedded or servers.');
  }
}
