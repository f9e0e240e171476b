import type { Minter } from './port.ts';

/** For a process that makes nothing new, and so takes no node number from those who do. */
export const NO_MINTER: Minter = {
  mint() {
    throw new Error('This process mints no ids');
  },
  close: async () => undefined,
};
